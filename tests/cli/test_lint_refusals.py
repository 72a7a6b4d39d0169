"""Wrong input to ``safemigrate lint``: one sentence that says what, where and what to do; nothing is printed else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic_project import DROP_NICKNAME, AlembicProject, Run

Damage = Callable[[AlembicProject], object]


def refusal(run: Run, *arguments: str) -> str:
    """What stands on stderr of a run that must be refused."""
    answer = run(*arguments)
    assert (answer.code, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr
    assert answer.stderr.startswith("error: ")
    return answer.stderr


def test_no_alembic_configuration(project: AlembicProject, run: Run) -> None:
    (project.root / "alembic.ini").unlink()
    assert "-c alembic.ini" in refusal(run, "lint")
    assert "nowhere.ini" in refusal(run, "lint", "-c", "nowhere.ini")


@pytest.mark.parametrize("text", ["script_location = x\n", "[alembic]\n", "[alembic]\nscript_location = nowhere\n"])
def test_a_broken_alembic_configuration(project: AlembicProject, run: Run, text: str) -> None:
    project.write("alembic.ini", text)
    assert "alembic.ini" in refusal(run, "lint")


def test_a_revision_that_is_not_python(project: AlembicProject, run: Run) -> None:
    project.write("migrations/versions/0002.py", "revision = '0002'\ndown_revision = (\n")
    assert "0002.py:2" in refusal(run, "lint")


def test_an_unknown_revision(run: Run) -> None:
    assert '"nope" is no revision' in refusal(run, "lint", "nope")
    assert "there is no such file" in refusal(run, "lint", "migrations/versions/nope.py")


def test_an_unknown_ref(run: Run) -> None:
    assert 'git knows no "nope"' in refusal(run, "lint", "--since", "nope")
    assert 'git knows no "--output=x"' in refusal(run, "lint", "--since=--output=x")


def test_no_main_branch(project: AlembicProject, run: Run) -> None:
    project.git("branch", "--quiet", "--delete", "--force", "main")
    assert "main_branch" in refusal(run, "lint")


def test_an_unknown_option_value(run: Run) -> None:
    assert "--postgres" in refusal(run, "lint", "--postgres", "9")
    assert "--fail-on" in refusal(run, "lint", "--fail-on", "sometimes")
    assert "--format" in refusal(run, "lint", "--format", "xml")
    assert "not by two of them" in refusal(run, "lint", "--all", "--since", "main")
    assert "--sql needs files" in refusal(run, "lint", "--sql")


def test_sql_that_is_not_utf8(project: AlembicProject, run: Run) -> None:
    (project.root / "change.sql").write_bytes("SELECT 1;\nSELECT 'é'".encode("latin-1"))
    assert "change.sql:2: This is not UTF-8: byte 18 is e9." in refusal(run, "lint", "--sql", "change.sql")
    (project.root / "change.sql").write_bytes(b"SELECT 1;\n\nSELECT '\0'")
    assert "change.sql:3: There is a NUL byte" in refusal(run, "lint", "--sql", "change.sql")
    assert "There is no such file" in refusal(run, "lint", "--sql", "nowhere.sql")
    assert "change.sql is SQL, no revision: add --sql." in refusal(run, "lint", "change.sql")


def test_sql_that_cannot_be_cut(project: AlembicProject, run: Run) -> None:
    project.write("change.sql", "SELECT 'oh")
    assert "change.sql" in refusal(run, "lint", "--sql", "change.sql")


def test_an_unknown_setting(project: AlembicProject, run: Run) -> None:
    project.write("pyproject.toml", "[tool.safemigrate]\npostgress = 15\n")
    assert 'pyproject.toml:2: There is no setting "postgress". Did you mean "postgres"?' in refusal(run, "lint")


def test_a_suppression_without_reason_or_of_an_unknown_rule(project: AlembicProject, run: Run) -> None:
    project.revision("0002", DROP_NICKNAME.rstrip() + "  # safemigrate: allow drop-column", down="0001")
    assert "0002.py:10: The suppression has no reason." in refusal(run, "lint")
    project.revision("0002", DROP_NICKNAME.rstrip() + "  # safemigrate: allow drop-colum -- because", down="0001")
    assert 'Did you mean "drop-column"?' in refusal(run, "lint")


def test_what_a_revision_imports_need_not_be_installed(project: AlembicProject, run: Run) -> None:
    project.revision("0002", DROP_NICKNAME, down="0001", head="from shop_not_installed.models import Base")
    answer = run("lint")
    assert (answer.code, "drop-column" in answer.stdout) == (1, True)


def test_a_revision_that_never_ends_is_unreadable_and_stops_nobody(project: AlembicProject, run: Run) -> None:
    project.revision("0002", "    while True:\n        pass", down="0001")
    answer = run("lint", "--strict")
    assert (answer.code, "unreadable" in answer.stdout) == (3, True)


def test_nothing_is_written(project: AlembicProject, run: Run) -> None:
    before = sorted(project.root.rglob("*"))
    refusal(run, "lint", "nope")
    assert before == sorted(project.root.rglob("*"))
    assert not list(Path(project.root).rglob("__pycache__"))
