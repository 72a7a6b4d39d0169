"""A history with a branch labelled expand and one labelled contract, as OpenStack keeps them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from projects import add_revision, alembic, history, project, release, split, succeed

from safemigrate.apply import GateOptions, Project, apply_phase
from safemigrate.cli import cli
from safemigrate.errors import UnreadableHistory
from safemigrate.history import Phase
from safemigrate.history.environment import Environment
from safemigrate.lint.revisions import Conditions
from safemigrate.plan.files import phase_heads
from safemigrate.rulebook import Policy
from safemigrate.schema.catalog import differences, snapshot

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, full_name text, email text, fax text NOT NULL)")
"""
CHANGES = """
# one name is enough
op.alter_column("users", "full_name", new_column_name="name")
op.drop_column("users", "fax")
"""


def branched(folder: Path, last: str = CHANGES) -> Path:
    """r1, then e1 and e2 in one branch and c1 in the other; e2 is new."""
    made = project(folder, TABLES)
    labelled(made, "e1", "r1", "pass", 'branch_labels = ("expand",)')
    labelled(made, "c1", "r1", 'op.drop_column("users", "email")', 'branch_labels = ("contract",)\ndepends_on = "e1"')
    add_revision(made, "e2", "e1", last)
    return made


def labelled(folder: Path, id: str, down: str, body: str, declared: str) -> None:
    path = add_revision(folder, id, down, body)
    path.write_text(path.read_text().replace("\n\n\ndef upgrade", f"\n{declared}\n\n\ndef upgrade", 1))


def test_each_phase_goes_to_the_head_of_its_branch(tmp_path: Path, make_database: Callable[..., str]) -> None:
    authored, parted = branched(tmp_path / "authored"), branched(tmp_path / "split")
    files = split(parted, "c1")
    assert [(file.revision, file.phase) for file in files] == [
        ("e2", Phase.EXPAND),
        ("e2_migrate", Phase.MIGRATE),
        ("e2_contract", Phase.CONTRACT),
    ]
    by_id = history(parted).by_id
    assert by_id["e2_migrate"].down == ("e2",)
    assert by_id["e2_contract"].down == ("c1",)
    assert by_id["e2_contract"].depends_on == ("e2_migrate",)
    assert {head: by_id[head].branch for head in history(parted).heads} == {
        "e2_migrate": Phase.EXPAND,
        "e2_contract": Phase.CONTRACT,
    }
    assert by_id["e2_migrate"].phase is Phase.MIGRATE
    found = []
    for folder in (authored, parted):
        database = make_database()
        succeed(alembic(folder, database, "upgrade", "heads"))
        with psycopg.connect(database) as connection:
            found.append(snapshot(connection, ignoring=["alembic_version"]))
    assert differences(*found) == ()


def test_the_branch_that_expands_runs_alone(tmp_path: Path, database: str) -> None:
    folder = branched(tmp_path)
    split(folder, "c1")
    succeed(alembic(folder, database, "upgrade", "expand@head"))
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users (id, full_name) VALUES (1, 'Ada')")
        assert connection.execute("SELECT name, email FROM users").fetchall() == [("Ada", None)]


def test_what_was_split_or_stands_in_the_branch_that_contracts_is_left_alone(tmp_path: Path) -> None:
    folder = branched(tmp_path)
    assert set(release(folder, "r1").split) == {"e2"}
    split(folder, "r1")
    assert release(folder, "r1").split == {}


def test_the_commands_take_both_heads(tmp_path: Path) -> None:
    folder = branched(tmp_path)
    configuration = str(folder / "alembic.ini")
    shown = CliRunner().invoke(cli, ["split", "-c", configuration, "e2"])
    assert shown.exit_code == 0, shown.output
    assert 'depends_on = "e2_migrate"' in shown.output
    split(folder, "c1")
    laid = CliRunner().invoke(cli, ["plan", "-c", configuration, "e2", "e2_migrate", "e2_contract"])
    assert laid.exit_code == 0, laid.output
    assert "step     e2_contract/" in laid.output
    linted = CliRunner().invoke(cli, ["lint", "-c", configuration, "e2", "e2_migrate", "e2_contract"])
    assert linted.exit_code == 0, linted.output


def test_apply_takes_both_branches_where_alembic_takes_them(
    tmp_path: Path, make_database: Callable[..., str]
) -> None:
    folder, wanted, live = branched(tmp_path), make_database(), make_database()
    split(folder, "c1")
    succeed(alembic(folder, wanted, "upgrade", "heads"))
    succeed(alembic(folder, live, "upgrade", "r1"))
    conditions = Conditions(today=date(2026, 1, 1), policy=Policy(lock_timeout="managed"))
    project = Project(history(folder), Environment(live), conditions=conditions)
    gates = GateOptions(samples=1, span_s=0, accept_data_loss=True)
    for phase, then in zip(Phase, (("e2",), ("e2_migrate",), ("e2_contract",)), strict=True):
        assert apply_phase(project, phase, gates=gates).position == then
    found = []
    for database in (wanted, live):
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version ORDER BY 1").fetchall()
            found.append((rows, snapshot(connection, ignoring=["alembic_version"])))
    assert found[0][0] == found[1][0]
    assert differences(found[0][1], found[1][1]) == ()


def test_heads_that_no_labels_tell_apart_are_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, "pass")
    add_revision(folder, "fork", "r1", "pass")
    with pytest.raises(UnreadableHistory, match="the history has 2 heads"):
        phase_heads(history(folder))
