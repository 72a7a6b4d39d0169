"""``safemigrate explain``: a rule's page, or what a revision does."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from alembic_project import DROP_NICKNAME, AlembicProject, Run

from safemigrate.report.explained import schema_path

TWO_STATEMENTS = """
    op.execute("UPDATE users SET nickname = '' WHERE nickname IS NULL")
    op.create_index("ix", "users", ["nickname"])
"""


@pytest.fixture
def dangerous(project: AlembicProject) -> AlembicProject:
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\n')
    project.revision("0002", DROP_NICKNAME, down="0001")
    return project


def test_a_revision_is_told_statement_by_statement(dangerous: AlembicProject, run: Run) -> None:
    answer = run("explain", "0002")
    assert answer.code == 0
    assert (
        answer.stdout
        == """\
0002  Revision 0002
  migrations/versions/0002.py
  judged as expand: it names no phase

1. migrations/versions/0002.py:10  in transaction 1
   ALTER TABLE users DROP COLUMN nickname
     locks    ACCESS EXCLUSIVE on users: reads and writes wait; it conflicts with every lock, ACCESS SHARE of a\
 SELECT among them
     work     instant: it changes the catalogue only
     hazards  breaks-old, loses-data  drop-column: Dropping a column breaks the application version that still names\
 it, and its data cannot be brought back.
     phase    contract, once no process of the old version runs
     instead  expand    ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;
              deploy    the version that no longer uses users.nickname
              contract  ALTER TABLE users DROP COLUMN nickname;
"""
    )


def test_whom_a_lock_stops_is_told_by_its_conflict(dangerous: AlembicProject, run: Run) -> None:
    dangerous.revision("0003", TWO_STATEMENTS, down="0001")
    text = run("explain", "0003").stdout
    assert "SHARE on users: writes wait, reads go on; it conflicts with ROW EXCLUSIVE" in text
    assert "an index build" in text
    assert "held through 1 more statement" in text


@pytest.mark.parametrize("subject", ["0002", "0001:0002", "migrations/versions/0002.py", "head"])
def test_a_revision_may_be_named_in_every_way(dangerous: AlembicProject, run: Run, subject: str) -> None:
    assert run("explain", subject).stdout.startswith("0002  Revision 0002\n")


def test_the_json_holds_to_its_schema(dangerous: AlembicProject, run: Run) -> None:
    document = json.loads(run("explain", ":head", "--format", "json").stdout)
    schema = json.loads(schema_path().read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert [each["revision"] for each in document["revisions"]] == ["0001", "0002"]
    (statement,) = document["revisions"][1]["statements"]
    assert statement["locks"][0]["blocks"] == ["reads", "writes"]
    assert statement["phase"] == "contract"


def test_a_file_of_sql_is_explained_without_alembic(tmp_path: Path) -> None:
    folder = AlembicProject(tmp_path)
    folder.write("change.sql", "ALTER TABLE users\n  ALTER COLUMN id TYPE bigint;\n")
    answer = folder.run("explain", "change.sql")
    assert (answer.code, answer.stdout.startswith("change.sql\n  judged as expand")) == (0, True)
    assert "a rewrite: it writes the whole table" in answer.stdout


def test_a_revision_called_as_a_rule_is_told_of(dangerous: AlembicProject, run: Run) -> None:
    path = dangerous.revision("drop-column", DROP_NICKNAME, down="0002")
    answer = run("explain", "drop-column")
    assert answer.stdout.startswith("# drop-column\n")
    assert answer.stderr.startswith('note: "drop-column" is a revision, too: safemigrate explain ')
    assert run("explain", str(path)).stdout.startswith("drop-column  Revision drop-column\n")


def test_a_rule_comes_as_json_too(run: Run) -> None:
    document = json.loads(run("explain", "drop-column", "--format", "json").stdout)
    assert (document["rule"], document["page"].startswith("# drop-column\n")) == ("drop-column", True)


@pytest.mark.parametrize(
    ("subject", "complaint"),
    [
        ("drop-colum", "Did you mean drop-column"),
        ("nope", 'There is no rule "nope", and "nope" is no revision'),
        ("nope", "safemigrate rules lists the rules, alembic history revisions."),
        ("nope.sql", "nope.sql: There is no such file"),
        ("migrations/env.py", "holds no revision"),
    ],
)
def test_what_is_neither_is_refused(run: Run, subject: str, complaint: str) -> None:
    answer = run("explain", subject)
    assert (answer.code, answer.stdout) == (2, "")
    assert complaint in answer.stderr


def test_a_revision_of_nearly_that_name_is_named(dangerous: AlembicProject, run: Run) -> None:
    assert "Did you mean 0002?" in run("explain", "0O02").stderr


def test_outside_of_a_project_only_a_rule_can_be_meant(tmp_path: Path) -> None:
    answer = AlembicProject(tmp_path).run("explain", "0002")
    assert (answer.code, 'There is no rule "0002", and no Alembic project is here.' in answer.stderr) == (2, True)
    assert AlembicProject(tmp_path).run("explain", "drop-column").code == 0
