"""What the old version leaves NULL after the backfill, where no trigger can fill it: contract does it first."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from projects import alembic, history, project, runs, split, succeed

from safemigrate.apply import GateOptions, Project, apply_phase
from safemigrate.errors import GatesClosed
from safemigrate.history import Phase
from safemigrate.history.environment import Environment
from safemigrate.plan.plan import StepKind, read_plan
from safemigrate.plan.style import Style

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, kind text NOT NULL, role text, rank int)")
"""
FILLED = """
op.add_column("users", sa.Column("hidden", sa.Boolean()))
op.execute("UPDATE users SET hidden = true WHERE kind = 'guest'")
op.execute("UPDATE users SET hidden = false WHERE hidden IS NULL")
op.alter_column("users", "hidden", nullable=False)
"""


@pytest.fixture(params=Style, ids=lambda style: style.value)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project whose r2 fills a column with two UPDATEs that tell rows apart, split."""
    folder = project(tmp_path, TABLES, FILLED)
    split(folder, "r1", request.param)
    return folder


def written_by_the_old(folder: Path, database: str) -> None:
    """The database after migrate, with rows that the old version wrote before expand and after migrate."""
    succeed(alembic(folder, database, "upgrade", "r1"))
    insert(database, 1)
    succeed(alembic(folder, database, "upgrade", "r2_migrate"))
    insert(database, 3)


def insert(database: str, first: int) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users VALUES (%s, 'guest'), (%s, 'staff')", (first, first + 1))


def hidden(database: str) -> list[object]:
    with psycopg.connect(database) as connection:
        return [value for (value,) in connection.execute("SELECT hidden FROM users ORDER BY id")]


def test_alembic_alone_fills_it_in_contract(folder: Path, database: str) -> None:
    written_by_the_old(folder, database)
    assert hidden(database) == [True, False, None, None]
    succeed(alembic(folder, database, "upgrade", "head", allow=True))
    assert hidden(database) == [True, False, True, False]


def test_apply_fills_it_in_contract(folder: Path, database: str) -> None:
    written_by_the_old(folder, database)
    apply_phase(Project(history(folder), Environment(database)), Phase.CONTRACT, gates=GateOptions(samples=1))
    assert hidden(database) == [True, False, True, False]


def test_the_gate_counts_what_contract_does_not_reach(tmp_path: Path, database: str) -> None:
    narrow = FILLED.replace("hidden IS NULL", "hidden IS NULL AND id < 4")
    folder = project(tmp_path, TABLES, narrow)
    split(folder, "r1")
    written_by_the_old(folder, database)
    with pytest.raises(GatesClosed, match="is NULL in 1 rows that this contract does not fill either"):
        apply_phase(Project(history(folder), Environment(database)), Phase.CONTRACT, gates=GateOptions(samples=1))
    assert hidden(database) == [True, False, None, None]
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE users SET hidden = false WHERE id = 4")
    apply_phase(Project(history(folder), Environment(database)), Phase.CONTRACT, gates=GateOptions(samples=1))
    assert hidden(database) == [True, False, True, False]


def test_contract_asks_before_it_fills(folder: Path, database: str) -> None:
    written_by_the_old(folder, database)
    assert alembic(folder, database, "upgrade", "head").returncode != 0
    assert hidden(database) == [True, False, None, None]


def test_the_backfills_are_steps_behind_the_guard(folder: Path) -> None:
    (contract,) = [run for run in runs(folder) if run.revision.id == "r2_contract"]
    kinds = [step.kind for step in read_plan([contract]).steps]
    assert kinds[:4] == [StepKind.TRANSACTION, StepKind.BACKFILL, StepKind.BACKFILL, StepKind.TRANSACTION]


@pytest.mark.parametrize(
    "filled",
    [
        # the second asks what the first wrote, which a row that is NULL does not tell
        """
op.execute("UPDATE users SET role = 'reader' WHERE kind = 'guest'")
op.execute("UPDATE users SET role = 'editor' WHERE role = 'reader' OR role IS NULL")
""",
        # what it reads is written by this revision only, and not in the rows that come later
        """
op.execute("UPDATE users SET rank = 1 WHERE kind = 'staff'")
op.execute("UPDATE users SET role = 'rank ' || coalesce(rank, 0) WHERE id > 0")
""",
    ],
    ids=["asks what another wrote", "reads what another wrote"],
)
def test_contract_says_so_where_it_cannot_fill(tmp_path: Path, filled: str) -> None:
    folder = project(tmp_path, TABLES, f'{filled}\nop.alter_column("users", "role", nullable=False)')
    files = split(folder, "r1", Style.PLAIN)
    (contract,) = [file for file in files if file.phase is Phase.CONTRACT]
    assert "UPDATE" not in contract.text.partition("def upgrade")[2]
    said = " ".join(contract.text.partition("Revision ID")[0].split())
    assert "What was left NULL since r2 ran is filled by nothing here: fill it first, as its UPDATE did." in said
