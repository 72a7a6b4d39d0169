"""All that a person must decide of a release is told in one run, with the lines that answer it."""

from __future__ import annotations

import json
import shlex

import jsonschema
import pytest
from alembic_project import AlembicProject, Run

from safemigrate.report.split_json import schema_path

EMAIL = '    op.add_column("users", sa.Column("email", sa.Text()))'
LOCALE = '    op.add_column("users", sa.Column("locale", sa.Text(), nullable=False))'
AGE = '    op.add_column("users", sa.Column("age", sa.Integer(), nullable=False))'
REQUIRED = '    op.alter_column("users", "email", nullable=False)'
DROP = '    op.drop_column("users", "nickname")'
IN_A_LOOP = '    for name in sorted(["nickname"]):\n        op.drop_column("users", name)'
CLUSTER = '    op.execute("CLUSTER users USING users_pkey")'


@pytest.fixture
def released(project: AlembicProject) -> AlembicProject:
    """The project with a nullable column that stands in a release."""
    project.revision("0002", EMAIL, down="0001")
    project.commit("Add email")
    project.git("switch", "--quiet", "--force-create", "main")
    project.git("switch", "--quiet", "--create", "more")
    return project


def three_revisions(project: AlembicProject) -> None:
    """Two questions in a revision that has an answer already, one in another, and one that may stay open."""
    answered = '\nsafemigrate_answers = {"users.phone": "\'-\'"}\n'
    phone = '    op.add_column("users", sa.Column("phone", sa.Text(), nullable=False))'
    project.revision("0003", f"{LOCALE}\n{phone}\n{AGE}", down="0002", head=answered)
    project.revision("0004", LOCALE.replace("locale", "zone"), down="0003")
    project.revision("0005", REQUIRED, down="0004")


def test_the_questions_of_a_release_are_told_in_one_run(released: AlembicProject, run: Run) -> None:
    three_revisions(released)
    found = run("split", "--write", "--answer", "users.zone2=1")
    assert found.code == 2
    for place, asked in (
        ("0003.py:12: Nobody said", "Decide what users.locale is in them"),
        ("0003.py:14: Nobody said", "Decide what users.age is in them"),
        ("0004.py:10: Nobody said", "Decide what users.zone is in them"),
        ("0005.py:10: this may stay open.", "Decide what users.email is where it is NULL"),
    ):
        line = next(line for line in found.stderr.splitlines() if place in line)
        assert asked in line
    assert '"users.zone2", which was answered, is another key.' in found.stderr
    assert "users.phone is" not in found.stderr


def test_the_options_that_are_shown_answer_all(released: AlembicProject, run: Run) -> None:
    three_revisions(released)
    shown = next(line for line in run("split").stderr.splitlines() if line.startswith("  --answer "))
    found = run("split", "--write", *shlex.split(shown))
    assert found.code == 0, found.stderr
    assert "open." not in found.stdout


def test_the_declarations_that_are_shown_answer_all_and_keep_what_is_there(
    released: AlembicProject, run: Run
) -> None:
    three_revisions(released)
    paste = json.loads(run("split", "--format", "json").stdout)["paste"]
    assert [each["path"].rpartition("/")[2] for each in paste["declarations"]] == ["0003.py", "0004.py", "0005.py"]
    for each in paste["declarations"]:
        path = released.root / each["path"]
        lines = [line for line in path.read_text().split("\n") if not line.startswith("safemigrate_answers")]
        lines.insert(lines.index("from alembic import op") + 1, each["text"])
        path.write_text("\n".join(lines))
    found = run("split", "--write")
    assert found.code == 0, found.stderr
    assert "open." not in found.stdout
    assert "'-'" in (released.root / "migrations/versions/0003.py").read_text()


def test_the_refusals_of_all_revisions_are_told_in_one_run(released: AlembicProject, run: Run) -> None:
    released.revision("0003", IN_A_LOOP, down="0002")
    released.revision("0004", CLUSTER, down="0003")
    released.revision("0005", AGE, down="0004")
    found = run("split", "--write")
    assert found.code == 2
    assert "3 things are to be decided or changed." in found.stderr
    assert "0003.py:10: the change stands in a statement that decides whether or how often it runs." in found.stderr
    assert "0004.py:10: CLUSTER has no form" in found.stderr
    assert "0005.py:10: Nobody said" in found.stderr


def test_each_statement_that_cannot_be_cut_is_told(released: AlembicProject, run: Run) -> None:
    released.revision("0003", f"{IN_A_LOOP}\n{IN_A_LOOP.replace('nickname', 'email')}", down="0002")
    said = run("split").stderr
    assert "0003.py:10: the change stands" in said
    assert "0003.py:12: the change stands" in said


def test_each_change_that_depends_on_another_is_told(released: AlembicProject, run: Run) -> None:
    released.revision("0003", DROP, down="0002")
    released.revision("0004", '    op.add_column("users", sa.Column("nickname", sa.Integer()))', down="0003")
    released.revision("0005", '    op.drop_column("users", "email")', down="0004")
    released.revision("0006", '    op.add_column("users", sa.Column("email", sa.Integer()))', down="0005")
    said = run("split").stderr
    assert "0004 depends on 0003: both change public.users.nickname" in said
    assert "0006 depends on 0005: both change public.users.email" in said


def test_what_an_answer_explains_is_not_told_as_refused(released: AlembicProject, run: Run) -> None:
    lines = [
        '    op.add_column("users", sa.Column("size", sa.Integer()))',
        '    op.execute("UPDATE users SET size = length(nickname)")',
        CLUSTER,
        '    op.alter_column("users", "size", nullable=False)',
        DROP,
    ]
    released.revision("0003", "\n".join(lines), down="0002")
    said = run("split").stderr
    assert "2 things are to be decided or changed." in said
    assert "0003.py:12: CLUSTER has no form" in said
    assert "0003.py:14: Nobody said what users.nickname is" in said


def test_json_tells_all_of_them(released: AlembicProject, run: Run) -> None:
    three_revisions(released)
    document = json.loads(run("split", "--format", "json", "--answer", "users.zone='x'").stdout)
    jsonschema.validate(document, json.loads(schema_path().read_text()))
    told = [(each["where"].rpartition("/")[2], each["question"]["required"]) for each in document["refusals"]]
    assert told == [("0003.py:12", True), ("0003.py:14", True), ("0005.py:10", False)]
    assert document["refused"] == document["refusals"][0]
    assert document["paste"]["options"].startswith("--answer \"users.zone='x'\" --answer \"users.locale='…'\"")
    assert [each["path"].rpartition("/")[2] for each in document["paste"]["declarations"]] == ["0003.py", "0005.py"]


def test_json_of_a_release_without_questions_has_nothing_to_paste(released: AlembicProject, run: Run) -> None:
    released.revision("0003", CLUSTER, down="0002")
    document = json.loads(run("split", "--format", "json").stdout)
    jsonschema.validate(document, json.loads(schema_path().read_text()))
    assert len(document["refusals"]) == 1
    assert document["paste"] is None
