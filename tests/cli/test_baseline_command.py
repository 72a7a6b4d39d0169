"""``safemigrate lint --write-baseline``: an old project is quiet from day one, and what is new is not."""

from __future__ import annotations

import json

import pytest
from alembic_project import ADD_EMAIL, DROP_NICKNAME, AlembicProject, Run

FILE = "safemigrate-baseline.json"
DROP_EMAIL = """
    op.drop_column("users", "email")
"""


@pytest.fixture
def old(project: AlembicProject) -> AlembicProject:
    """A project with a danger in its history."""
    project.revision("0002", DROP_NICKNAME, down="0001")
    project.commit()
    return project


def test_what_is_old_does_not_count_and_what_is_new_does(old: AlembicProject, run: Run) -> None:
    assert run("lint", "--all").code == 1
    writing = run("lint", "--all", "--write-baseline")
    assert (writing.code, f"{FILE}: 2 findings in the baseline; commit it." in writing.stderr) == (0, True)
    quiet = run("lint", "--all", "--fail-on", "advice")
    assert (quiet.code, quiet.stdout) == (
        0,
        "no findings in 2 revisions (2 statements, 2 findings in the baseline)\n",
    )
    old.revision("0003", ADD_EMAIL, down="0002")
    old.revision("0004", DROP_EMAIL, down="0003")
    new = run("lint", "--all")
    assert (new.code, new.stdout.startswith("migrations/versions/0004.py:10  drop-column")) == (1, True)
    assert run("lint", "--all", "--no-baseline").stdout.count("drop-column  breaks-old") == 2


def test_it_survives_edits_around_the_statement(old: AlembicProject, run: Run) -> None:
    run("lint", "--all", "--write-baseline")
    old.revision("0002", "    # moved\n\n" + DROP_NICKNAME.replace(", ", ",\n        "), down="0001")
    assert run("lint", "--all").code == 0


def test_an_entry_gone_stale_is_told_and_taken_out(old: AlembicProject, run: Run) -> None:
    run("lint", "--all", "--write-baseline")
    old.revision("0002", "    pass", down="0001")
    stale = run("lint", "--all")
    assert stale.code == 0
    assert f"{FILE}:" in stale.stdout
    assert "takes the entry out" in stale.stdout
    assert run("lint", "--all", "--write-baseline").code == 0
    assert json.loads((old.root / FILE).read_text())["findings"] == []
    assert run("lint", "--all").stdout.startswith("no findings in 2 revisions")


def test_the_setting_names_the_file(old: AlembicProject, run: Run) -> None:
    old.write("pyproject.toml", '[tool.safemigrate]\nbaseline = "migrations/known.json"\n')
    missing = run("lint", "--all")
    assert (missing.code, "known.json" in missing.stderr, "--write-baseline" in missing.stderr) == (2, True, True)
    assert run("lint", "--all", "--write-baseline").code == 0
    assert (old.root / "migrations/known.json").is_file()
    assert run("lint", "--all").code == 0


def test_another_file_may_be_named(old: AlembicProject, run: Run) -> None:
    assert run("lint", "--all", "--write-baseline", "other.json").code == 0
    assert (old.root / "other.json").is_file()
    assert run("lint", "--all").code == 1


def test_a_revision_is_not_taken_for_the_file(old: AlembicProject, run: Run) -> None:
    refused = run("lint", "--write-baseline", "0002")
    assert (refused.code, "must end in .json" in refused.stderr) == (2, True)
    assert not (old.root / "0002").exists()


def test_sql_has_a_baseline_too(project: AlembicProject, run: Run) -> None:
    project.write("change.sql", "SET lock_timeout = '1s';\nALTER TABLE users DROP COLUMN nickname;\n")
    assert run("lint", "--sql", "change.sql", "--write-baseline").code == 0
    assert run("lint", "--sql", "change.sql").code == 0
    project.write("other.sql", "SET lock_timeout = '1s';\nALTER TABLE users DROP COLUMN nickname;\n")
    assert run("lint", "--sql", "other.sql").code == 1


def test_in_every_format_it_is_marked_and_not_counted(old: AlembicProject, run: Run) -> None:
    run("lint", "--all", "--write-baseline")
    found = json.loads(run("lint", "--all", "--format", "json").stdout)["findings"]
    assert {finding["suppressed"]["origin"] for finding in found} == {"baseline"}
    (sarif,) = json.loads(run("lint", "--all", "--format", "sarif").stdout)["runs"]
    assert {s["kind"] for each in sarif["results"] for s in each["suppressions"]} == {"external"}
    assert json.loads(run("lint", "--all", "--format", "gitlab").stdout) == []
