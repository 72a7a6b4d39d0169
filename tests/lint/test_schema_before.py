"""What linting takes for the schema before the revisions it judges."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from safemigrate.history import load
from safemigrate.lint import everything, lint
from safemigrate.lint.revisions import Conditions, revision_runs
from safemigrate.rulebook import load_rules
from safemigrate.schema import Answer, Name

HEAD = "from alembic import op\nrevision = {id!r}\ndown_revision = {down!r}\n"
CREATE = "CREATE TABLE users (id bigint PRIMARY KEY)"
TODAY = datetime.date(2026, 6, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    return tmp_path


def teams_exist(folder: Path, *scripts: str, judged: str, schema_sql: str = "", schema_revision: str = "") -> Answer:
    """Whether a table ``teams`` is there when *judged* begins; revisions are called 1, 2, …"""
    for number, sql in enumerate(scripts, start=1):
        text = HEAD.format(id=str(number), down=str(number - 1) if number > 1 else None)
        body = f"def upgrade():\n    op.execute({sql!r})\n"
        (folder / "migrations" / "versions" / f"{number}.py").write_text(text + body)
    history = load(folder / "alembic.ini")
    conditions = Conditions(TODAY, schema_sql=schema_sql, schema_revision=schema_revision)
    (run,) = revision_runs(history, [judged], conditions)
    return run.operations[0].before.exists(Name("teams"))


def test_a_history_that_begins_by_creating_began_empty(folder: Path) -> None:
    assert Answer.NO is teams_exist(folder, CREATE, "ALTER TABLE users ADD a int", "SELECT 1", judged="3")


def test_a_history_that_alters_what_it_never_made_did_not(folder: Path) -> None:
    assert Answer.UNKNOWN is teams_exist(folder, "ALTER TABLE old ADD a int", CREATE, "SELECT 1", judged="3")
    assert Answer.UNKNOWN is teams_exist(folder, CREATE, "ALTER TABLE old ADD a int", "SELECT 1", judged="3")


def test_what_a_revision_alone_gets_wrong_is_no_proof_of_an_older_database(folder: Path) -> None:
    assert Answer.NO is teams_exist(folder, CREATE, "ALTER TABLE teams ADD a int", judged="2")


def test_what_could_not_be_read_may_have_made_anything(folder: Path) -> None:
    script = "DO $$ BEGIN EXECUTE current_user; END $$"
    assert Answer.UNKNOWN is teams_exist(folder, CREATE, script, "SELECT 1", judged="3")


def test_a_drop_if_exists_tells_nothing(folder: Path) -> None:
    assert Answer.NO is teams_exist(folder, CREATE, "DROP TABLE IF EXISTS old", "SELECT 1", judged="3")


def test_a_baseline_is_the_database_before_the_first_revision(folder: Path) -> None:
    teams = "CREATE TABLE public.teams (id bigint);"
    assert Answer.YES is teams_exist(folder, "SELECT 1", judged="1", schema_sql=teams)
    assert Answer.YES is teams_exist(folder, CREATE, "SELECT 1", judged="2", schema_sql=teams)
    assert Answer.NO is teams_exist(folder, CREATE, "SELECT 1", judged="2", schema_sql="SELECT 1")


def test_a_baseline_of_a_revision_holds_what_came_before(folder: Path) -> None:
    drop = "DROP TABLE teams"
    teams = "CREATE TABLE public.teams (id bigint);"
    later = {"schema_sql": teams, "schema_revision": "2"}
    # revision 2 dropped an earlier table of that name; the dump was taken behind it
    assert Answer.YES is teams_exist(folder, CREATE, drop, "SELECT 1", judged="3", **later)
    # what the dump holds already is judged without it
    assert Answer.NO is teams_exist(folder, CREATE, drop, "SELECT 1", judged="2", **later)


@pytest.mark.parametrize(
    ("first", "encoding"), [("", "utf-8-sig"), ("# -*- coding: latin-1 -*-\n", "latin-1"), ("", "utf-8")]
)
def test_a_suppression_is_read_in_the_encoding_of_its_file(folder: Path, first: str, encoding: str) -> None:
    revision = (
        f"{first}{HEAD.format(id='1', down=None)}def upgrade():\n"
        "    op.drop_column('users', 'größe')  # safemigrate: allow drop-column -- überholt\n"
    )
    (folder / "migrations" / "versions" / "1.py").write_text(revision, encoding)
    history = load(folder / "alembic.ini")
    rules = [rule for rule in load_rules() if rule.name == "drop-column"]
    (finding,) = lint(history, rules, everything(history), Conditions(TODAY)).findings
    assert finding.suppressed is not None
    assert finding.suppressed.reason == "überholt"
