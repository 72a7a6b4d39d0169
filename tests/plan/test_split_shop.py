"""The shop's three revisions, split together, on a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import AUTHORED, BEFORE, add_revision, alembic, chain, history, release, run, runs, shop, split, succeed

from safemigrate.errors import SafemigrateError
from safemigrate.history import Phase
from safemigrate.plan.once import repeatable
from safemigrate.plan.plan import Plan, read_plan
from safemigrate.plan.style import Style
from safemigrate.schema import Operation, sync
from safemigrate.schema.catalog import Catalog, differences, snapshot

MIGRATES = ["91a7f3c40e52_migrate", "e06d2b95fa37_migrate"]
CONTRACTS = ["91a7f3c40e52_contract", "e06d2b95fa37_contract", "4d90b6ce8a13_contract"]

#: those that the shop's release has use for
OPERATIONS = (
    "sync_columns unsync_columns end_rename undo_rename fill_column unfill_column backfill add_not_null "
    "guard_contract"
).split()


@pytest.fixture
def authored(tmp_path: Path) -> Path:
    folder = tmp_path / "authored"
    folder.mkdir()
    return shop(folder)


@pytest.fixture(params=Style, ids=lambda style: style.value)
def style(request: pytest.FixtureRequest) -> Style:
    """Both ways of writing a split end in the same database."""
    found: Style = request.param
    return found


@pytest.fixture
def parted(tmp_path: Path, style: Style) -> Path:
    folder = tmp_path / "split"
    folder.mkdir()
    project = shop(folder)
    split(project, BEFORE, style)
    return project


def catalog(database: str) -> Catalog:
    with psycopg.connect(database) as connection:
        return snapshot(connection, ignoring=["alembic_version"])


def rows(database: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def seeded(project: Path, database: str) -> None:
    """The old version's schema, with rows."""
    succeed(alembic(project, database, "upgrade", BEFORE))
    succeed(run(project, database, "seed.py", "--customers", "200"))


def test_history_is_appended_to_and_keeps_its_ids(parted: Path) -> None:
    assert chain(parted)[3:] == [*AUTHORED, *MIGRATES, *CONTRACTS]
    assert history(parted).heads == ("4d90b6ce8a13_contract",)
    phases = [revision.phase for revision in history(parted).revisions]
    assert phases == [None] * 3 + [Phase.EXPAND] * 3 + [Phase.MIGRATE] * 2 + [Phase.CONTRACT] * 3


def test_the_authors_words_stay(parted: Path) -> None:
    text = (parted / "migrations" / "versions" / "0004_rename_full_name.py").read_text()
    assert 'Companies order from us too, and "full name" on their forms confused them.' in text
    assert "# by hand: autogenerate wanted to drop the column and add a new one" in text


def test_plain_revisions_need_nothing_but_alembic(tmp_path: Path) -> None:
    project = shop(tmp_path)
    split(project, BEFORE)
    for path in (project / "migrations" / "versions").glob("*.py"):
        text = path.read_text()
        assert "import safemigrate" not in text
        assert not [name for name in OPERATIONS if f"op.{name}(" in text]


def test_revisions_with_operations_hold_no_sql_of_triggers_and_batches(tmp_path: Path) -> None:
    project = shop(tmp_path)
    split(project, BEFORE, Style.OPS)
    text = "\n".join(path.read_text() for path in (project / "migrations" / "versions").glob("*.py"))
    assert not [name for name in OPERATIONS if f"    op.{name}(" not in text]
    for sql in ("CREATE OR REPLACE", "FOR NO KEY UPDATE", "VALIDATE", "TRIGGER"):
        assert sql not in text


def test_the_chain_ends_in_the_authored_schema_on_an_empty_database(
    authored: Path, parted: Path, make_database: Callable[..., str]
) -> None:
    expected, found = make_database(), make_database()
    succeed(alembic(authored, expected, "upgrade", "head"))
    succeed(alembic(parted, found, "upgrade", "head"))
    assert differences(catalog(expected), catalog(found)) == ()
    assert "No new upgrade operations detected" in succeed(alembic(parted, found, "check"))


def test_the_chain_ends_in_the_authored_schema_and_rows_on_one_with_rows(
    authored: Path, parted: Path, make_database: Callable[..., str]
) -> None:
    expected, found = make_database(), make_database()
    for project, database in ((authored, expected), (parted, found)):
        seeded(project, database)
        succeed(alembic(project, database, "upgrade", "head", allow=True))
    assert differences(catalog(expected), catalog(found)) == ()
    for query in (
        "SELECT id, name FROM customers ORDER BY id",
        "SELECT id, currency FROM orders ORDER BY id",
        "SELECT count(*) FROM billing.invoices",
    ):
        assert rows(found, query) == rows(expected, query)


def test_the_way_back_is_real_from_every_revision(parted: Path, make_database: Callable[..., str]) -> None:
    untouched, empty = make_database(), make_database()
    succeed(alembic(parted, empty, "upgrade", "head"))
    succeed(alembic(parted, empty, "downgrade", "base"))
    assert differences(catalog(untouched), catalog(empty)) == ()
    full, before = make_database(), make_database()
    seeded(parted, full)
    seeded(parted, before)
    succeed(alembic(parted, full, "upgrade", "4d90b6ce8a13"))
    succeed(alembic(parted, full, "downgrade", BEFORE))
    assert differences(catalog(before), catalog(full)) == ()


def test_a_contract_taken_back_gives_the_old_version_its_column_with_its_values(
    parted: Path, make_database: Callable[..., str]
) -> None:
    database = make_database()
    seeded(parted, database)
    succeed(alembic(parted, database, "upgrade", MIGRATES[-1]))
    contracted = catalog(database)
    names = rows(database, "SELECT id, full_name FROM customers ORDER BY id")
    succeed(alembic(parted, database, "upgrade", CONTRACTS[0], allow=True))
    succeed(alembic(parted, database, "downgrade", MIGRATES[-1]))
    assert differences(contracted, catalog(database)) == ()
    assert rows(database, "SELECT id, full_name FROM customers ORDER BY id") == names


def test_a_contract_refuses_to_run_by_accident(parted: Path, database: str) -> None:
    seeded(parted, database)
    refused = alembic(parted, database, "upgrade", "head")
    assert refused.returncode != 0
    assert "91a7f3c40e52_contract is a contract" in refused.stderr
    assert "safemigrate apply --phase contract" in refused.stderr
    assert rows(database, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'full_name'") == [(1,)]


def test_a_database_that_ran_the_authored_revisions_ends_in_the_same_schema(
    authored: Path, parted: Path, make_database: Callable[..., str]
) -> None:
    database = make_database()
    seeded(authored, database)
    succeed(alembic(authored, database, "upgrade", "head"))
    expected, names = catalog(database), rows(database, "SELECT id, name FROM customers ORDER BY id")
    succeed(alembic(parted, database, "upgrade", "head", allow=True))
    assert differences(expected, catalog(database)) == ()
    assert rows(database, "SELECT id, name FROM customers ORDER BY id") == names


def test_reading_back_gives_the_same_steps(tmp_path: Path, style: Style) -> None:
    project = shop(tmp_path)
    wanted = expected_steps(project)
    split(project, BEFORE, style)
    assert found_steps(read_plan(runs(project)[3:])) == wanted


def expected_steps(project: Path) -> list[tuple[Phase, str, tuple[str, ...]]]:
    """The steps of the split itself, as a plan would show them."""
    composed = release(project, BEFORE)
    return [
        (phase, run.revision.id.partition("_")[0], shown(step))
        for phase in Phase
        for run in composed.runs
        for step in composed.split[run.revision.id].steps(phase)
    ]


def found_steps(plan: Plan) -> list[tuple[Phase, str, tuple[str, ...]]]:
    return [(step.phase, step.revision.id.partition("_")[0], shown(step.operations)) for step in plan.steps]


def shown(operations: tuple[Operation, ...]) -> tuple[str, ...]:
    """The operations without what only makes them repeatable, and without the guard."""
    again = [op for first in operations for op in repeatable(first)[-1:] if not isinstance(op, sync.Guard)]
    return tuple(op.sql() if not hasattr(op, "assignments") else f"UPDATE {op.table}" for op in again)


def test_split_again_finds_nothing_to_do(parted: Path) -> None:
    assert split(parted, BEFORE) == ()


def test_both_names_are_kept_in_step_in_both_directions(parted: Path, database: str) -> None:
    seeded(parted, database)
    succeed(alembic(parted, database, "upgrade", MIGRATES[-1]))
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE customers SET full_name = 'by the old' WHERE id = 1")
        connection.execute("UPDATE customers SET name = 'by the new' WHERE id = 2")
    found = rows(database, "SELECT full_name, name FROM customers WHERE id IN (1, 2) ORDER BY id")
    assert found == [("by the old", "by the old"), ("by the new", "by the new")]
    assert rows(database, "SELECT count(*) FROM customers WHERE full_name IS DISTINCT FROM name") == [(0,)]


def test_an_old_writer_may_still_leave_the_currency_out(parted: Path, database: str) -> None:
    seeded(parted, database)
    succeed(alembic(parted, database, "upgrade", MIGRATES[-1]))
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO orders (customer_id, currency) VALUES (1, NULL)")
    assert rows(database, "SELECT count(*) FROM orders WHERE currency IS NULL") == [(0,)]


def test_two_heads_are_refused(tmp_path: Path) -> None:
    project = shop(tmp_path)
    add_revision(project, "another_branch", "e06d2b95fa37", "pass")
    before = {path: path.read_text() for path in (project / "migrations" / "versions").glob("*.py")}
    with pytest.raises(SafemigrateError, match="2 heads"):
        split(project, BEFORE)
    assert {path: path.read_text() for path in (project / "migrations" / "versions").glob("*.py")} == before
