"""What only a person can decide: in the revision, on the command line, or asked for on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from alembic_project import AlembicProject, Run, clean_environment

from safemigrate.plan.answers import same_answers
from safemigrate.report.split_json import schema_path

LOCALE = '    op.add_column("users", sa.Column("locale", sa.Text(), nullable=False))'
REQUIRED = '    op.alter_column("users", "nickname", nullable=True)\n' + LOCALE
TWO = LOCALE + '\n    op.add_column("users", sa.Column("age", sa.Integer(), nullable=False))'
NULLABLE = '    op.add_column("users", sa.Column("email", sa.Text()))'


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def test_an_open_decision_is_refused_with_both_ways_to_answer(project: AlembicProject, run: Run) -> None:
    project.revision("0002", LOCALE, down="0001")
    found = run("split", "--write")
    assert found.code == 2
    assert "0002.py:10: Nobody said what users.locale is" in found.stderr
    assert "--answer \"users.locale='…'\"" in found.stderr
    assert 'safemigrate_answers = {"users.locale": "\'…\'"} in the revision.' in found.stderr


def test_lint_says_how_to_decide(project: AlembicProject, run: Run) -> None:
    project.revision("0002", LOCALE, down="0001")
    assert "--answer \"users.locale='…'\"" in run("lint").stdout


def test_an_answer_on_the_command_line_is_written(project: AlembicProject, run: Run) -> None:
    path = project.revision("0002", LOCALE, down="0001")
    found = run("split", "--write", "--answer", "users.locale='en'")
    assert found.code == 0, found.stderr
    assert "server_default=sa.text(\"'en'\")" in text_of(path)


def test_an_answer_in_the_revision_is_written_and_kept(project: AlembicProject, run: Run) -> None:
    answers = '\nsafemigrate_answers = {\n    # as in the form\n    "users.locale": "\'en\'",\n}\n'
    path = project.revision("0002", LOCALE, down="0001", head=answers)
    assert "DEFAULT 'en'" in run("lint").stdout
    found = run("split", "--write")
    assert found.code == 0, found.stderr
    assert "server_default=sa.text(\"'en'\")" in text_of(path)
    assert answers in text_of(path)


def test_the_nearest_answer_wins(project: AlembicProject, run: Run) -> None:
    project.write("pyproject.toml", '[tool.safemigrate.answers]\n"users.locale" = "\'far\'"\n')
    plain = project.revision("0002", LOCALE, down="0001")
    assert "'far'" in run("split").stdout
    nearer = '\nsafemigrate_answers = {"users.locale": "\'near\'"}\n'
    assert plain == project.revision("0002", LOCALE, down="0001", head=nearer)
    assert "'near'" in run("split").stdout
    # under another form of the same key
    assert "'here'" in run("split", "--answer", "public.users.locale='here'").stdout


@pytest.mark.parametrize(
    ("head", "options", "message"),
    [
        pytest.param(
            '\nsafemigrate_answers = {"users.local": "\'en\'"}\n',
            [],
            '0002.py:6: safemigrate_answers: nothing asks for "users.local". Did you mean users.locale?',
            id="misspelt in the revision",
        ),
        pytest.param(
            '\nsafemigrate_answers = {"users.locale": "\'en"}\n',
            [],
            "0002.py:6: safemigrate_answers: the answer to users.locale is not an SQL expression: 'en",
            id="no expression in the revision",
        ),
        pytest.param(
            '\nsafemigrate_answers = {"users.locale": 1}\n', [], "0002.py:6: safemigrate_answers", id="no text"
        ),
        pytest.param(
            "",
            ["--answer", "users.local='en'"],
            '"users.local", which was answered, is another key.',
            id="misspelt on the command line",
        ),
        pytest.param(
            "",
            ["--answer", "users.locale='en'", "--answer", "users.age=1"],
            '--answer: nothing asks for "users.age". What is asked: users.locale.',
            id="asked by nothing",
        ),
        pytest.param(
            "",
            ["--answer", "users.locale=1; DROP TABLE users"],
            "is not an SQL expression: 1; DROP",
            id="two statements",
        ),
        pytest.param(
            "", ["--answer", "users.locale"], 'gives no answer. Write --answer "orders', id="no equals sign"
        ),
    ],
)
def test_an_answer_that_cannot_be_meant_is_an_error(
    project: AlembicProject, run: Run, head: str, options: list[str], message: str
) -> None:
    path = project.revision("0002", LOCALE, down="0001", head=head)
    before = text_of(path)
    found = run("split", "--write", *options)
    assert found.code == 2
    assert message in " ".join(found.stderr.split())
    assert before == text_of(path)


@pytest.mark.parametrize(
    "text", ["1)", "1), (2", "1) FROM users WHERE (true", "'en", "-- nothing", "1 +", "lower(", "en')"]
)
def test_what_is_no_expression_is_no_answer(project: AlembicProject, run: Run, text: str) -> None:
    project.revision("0002", LOCALE, down="0001")
    found = run("split", "--answer", f"users.locale={text}")
    assert (found.code, "not an SQL expression" in found.stderr) == (2, True), found


def test_nothing_is_no_answer(project: AlembicProject, run: Run) -> None:
    project.revision("0002", LOCALE, down="0001")
    found = run("split", "--answer", "users.locale=")
    assert (found.code, "gives no answer" in found.stderr) == (2, True), found


def test_a_value_for_null_may_be_left_open_but_never_in_silence(project: AlembicProject, run: Run) -> None:
    project.revision("0002", NULLABLE, down="0001")
    project.commit("Add email")
    project.git("switch", "--quiet", "--force-create", "main")
    project.git("switch", "--quiet", "--create", "more")
    project.revision("0003", '    op.alter_column("users", "email", nullable=False)', down="0002")
    found = run("split")
    assert "0003.py:10: open. Decide what users.email is where it is NULL" in found.stdout
    answered = run("split", "--answer", "users.email='nobody'")
    assert "open." not in answered.stdout
    assert "SET email = 'nobody'" in answered.stdout
    assert "--write --answer \"users.email='nobody'\" writes these files." in answered.stdout


@pytest.mark.parametrize("expression", ["'nobody'", "$$a$$", "'a \"b\"'", "'\\'", "'!'"])
def test_the_command_that_is_shown_gives_the_same_answer(expression: str) -> None:
    given = same_answers({"users.email": expression})
    echoed = subprocess.run(["bash", "-c", f"printf %s{given}"], capture_output=True, text=True, check=True)
    assert echoed.stdout.removeprefix("--answer") == f"users.email={expression}"


def test_json_holds_the_files_and_what_was_asked(project: AlembicProject, run: Run) -> None:
    project.revision("0002", LOCALE, down="0001")
    schema = json.loads(schema_path().read_text())
    refused = run("split", "--format", "json")
    document = json.loads(refused.stdout)
    jsonschema.validate(document, schema)
    assert refused.code == 2
    assert document["refused"]["question"]["key"] == "users.locale"
    assert document["refused"]["question"]["sql"] == "ALTER TABLE users ADD COLUMN locale TEXT NOT NULL"
    assert document["refused"]["where"] == "migrations/versions/0002.py:10"
    found = run("split", "--format", "json", "--write", "--answer", "users.locale='en'")
    document = json.loads(found.stdout)
    jsonschema.validate(document, schema)
    assert document["written"] is True
    assert document["refused"] is None
    assert [(each["key"], each["answer"], each["line"]) for each in document["questions"]] == [
        ("users.locale", "'en'", 10)
    ]
    for file in document["files"]:
        assert file["text"] == text_of(project.root / file["path"])


def on_a_terminal(project: AlembicProject, *typed: tuple[str, str]) -> tuple[int, str]:
    """``split --write`` on a terminal: each text is typed once what comes before it stands there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "safemigrate", "split", "--write"],
        cwd=project.root,
        env={**clean_environment(), "XDG_CACHE_HOME": str(project.root.parent / "cache")},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said, seen = "", 0
    for awaited, text in typed:
        while awaited not in said[seen:]:
            said += os.read(ours, 4096).decode()
        seen = len(said)
        os.write(ours, f"{text}\n".encode())
    try:
        while chunk := os.read(ours, 4096):
            said += chunk.decode()
    except OSError:
        # the other end was closed: the process has ended
        pass
    code = process.wait(timeout=120)
    os.close(ours)
    return code, said


def test_a_terminal_is_asked_until_the_answer_is_an_expression(project: AlembicProject) -> None:
    path = project.revision("0002", TWO, down="0001")
    code, said = on_a_terminal(
        project, ("users.locale = ", "'en"), ("users.locale = ", "'en'"), ("users.age = ", "18")
    )
    assert code == 0, said
    assert "ALTER TABLE users ADD COLUMN locale TEXT NOT NULL" in said
    assert "Nobody said what users.locale is" in said
    assert "For instance: 0." in said
    assert "the answer to users.locale is not an SQL expression: 'en" in said
    assert "server_default=sa.text(\"'en'\")" in text_of(path)
    assert 'server_default=sa.text("18")' in text_of(path)


def test_a_person_may_decline(project: AlembicProject) -> None:
    path = project.revision("0002", LOCALE, down="0001")
    before = text_of(path)
    code, said = on_a_terminal(project, ("users.locale = ", ""))
    assert code == 2
    assert "error: " in said
    assert before == text_of(path)
