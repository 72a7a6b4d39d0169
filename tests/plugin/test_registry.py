"""What every operation of the plugin must have: an example here that is rendered, run, scripted and taken back."""

from __future__ import annotations

import io
import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import render_python_code
from alembic.migration import MigrationContext
from alembic.operations import MigrateOperation, Operations, ops

from safemigrate.alembic_plugin import columns as c
from safemigrate.alembic_plugin import operations as o
from safemigrate.alembic_plugin.base import SafeOperation
from safemigrate.schema.catalog import Catalog, differences, snapshot
from safemigrate.sql import cut

GIVEN = """
CREATE SCHEMA "Sales";
CREATE TABLE "Sales"."Order" (id bigint PRIMARY KEY, old text, new text, size integer, wide bigint);
INSERT INTO "Sales"."Order" VALUES (1, 'a', 'a', 7, NULL), (2, 'b', 'b', NULL, NULL);
"""
ORDER = {"table_name": "Order", "schema": "Sales"}
TABLE = '"Sales"."Order"'
RENAME = {**ORDER, "old": "old", "new": "new"}
WIDER: dict[str, Any] = {
    "up": {"wide": "size::bigint"},
    "down": {"size": "wide::integer"},
    "types": {"size": "integer", "wide": "bigint"},
    "total": ["wide"],
    "by_value": True,
}
BY_OLD: dict[str, Any] = {**ORDER, "index_name": "by_old", "columns": ["old"]}
LONG = f"ALTER TABLE {TABLE} ADD CONSTRAINT short CHECK (length(old) < 80) NOT VALID"


@dataclass(frozen=True)
class Example:
    """An operation, and the SQL that has to run before it, or its reverse where it is *behind* that.

    *stays*: why its reverse leaves something.
    """

    operation: SafeOperation
    before: str = "SELECT"
    behind: bool = False
    stays: str = ""


EXAMPLES: Mapping[type[SafeOperation], Example] = {
    type(example.operation): example
    for example in (
        Example(c.SyncColumns(**RENAME, by_value=True)),
        Example(c.UnsyncColumns(**RENAME, by_value=True), behind=True),
        Example(c.ConvertColumns(**ORDER, **WIDER)),
        Example(c.UnconvertColumns(**ORDER, new=["wide"], options=WIDER), behind=True),
        Example(c.EndRename(**RENAME), stays="the column beside it has to be added anew"),
        Example(c.UndoRename(**RENAME), f"ALTER TABLE {TABLE} DROP COLUMN old"),
        Example(c.FillColumn(**ORDER, column_name="new", expression="upper(old) || ':\\'")),
        Example(c.UnfillColumn(**ORDER, column_name="new", expression="upper(old) || ':\\'"), behind=True),
        Example(o.Backfill(TABLE, {"wide": "size::bigint"}, "wide IS NULL", ["id"], ["size"], 1)),
        Example(o.ValidateConstraint(**ORDER, constraint_name="short"), LONG, stays="what is valid may stay so"),
        Example(o.AddNotNull(**ORDER, column_name="old")),
        Example(o.DropNotNull(**ORDER, column_name="old"), f"ALTER TABLE {TABLE} ALTER old SET NOT NULL"),
        Example(o.CreateIndexConcurrently(**BY_OLD, options={"unique": True})),
        Example(o.DropIndexConcurrently(**BY_OLD), f"CREATE INDEX by_old ON {TABLE} (old)"),
        Example(
            o.AddKeyUsingIndex(**ORDER, constraint_name="twice", index_name="by_old", deferrable="DEFERRABLE"),
            f"CREATE UNIQUE INDEX by_old ON {TABLE} (old)",
            stays="the index takes the name of the constraint, and goes with it",
        ),
        Example(o.GuardContract("r2", ["nowhere"])),
    )
}


@pytest.fixture(params=o.OPERATIONS, ids=lambda kind: str(kind.name))
def example(request: pytest.FixtureRequest) -> Example:
    return EXAMPLES[request.param]


def test_every_operation_has_an_example() -> None:
    assert set(EXAMPLES) == set(o.OPERATIONS)


def test_it_is_called_on_op_and_says_what_it_does(example: Example) -> None:
    assert getattr(op, str(example.operation.name)).__doc__


def test_what_is_rendered_is_the_operation_again(example: Example, tmp_path: Path) -> None:
    assert invoked(rendered(example.operation), tmp_path) == [told(example.operation)]


def test_what_undoes_an_operation_is_undone_by_it(example: Example, tmp_path: Path) -> None:
    undone: Any = example.operation.reverse()
    if not isinstance(undone, SafeOperation):
        # Alembic's own, which is empty where nothing has to be undone
        assert isinstance(undone, ops.DropConstraintOp) or undone.ops == []
        return
    assert invoked(rendered(undone), tmp_path) == [told(undone)]
    assert told(undone.reverse()) == told(example.operation)


def test_one_column_is_let_go_without_a_list(tmp_path: Path) -> None:
    one, several = ('op.unconvert_columns("t", "size")', 'op.unconvert_columns("t", ["size"])')
    assert invoked(one, tmp_path) == invoked(several, tmp_path)


def test_it_runs_twice_in_a_script_and_back(example: Example, make_database: Callable[..., str]) -> None:
    database = make_database()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(GIVEN.encode())
        connection.execute(example.before.encode())
    if example.behind:
        run(database, example.operation.reverse())
    scripted, before, unfilled = make_database(database), catalog(database), rows(database)

    run(database, example.operation)
    after = catalog(database)
    changed = bool(differences(before, after)) or rows(database) != unfilled
    assert changed is not isinstance(example.operation, o.GuardContract)
    run(database, example.operation)
    assert differences(after, catalog(database)) == ()
    assert differences(after, catalog(played(scripted, example.operation))) == ()
    assert rows(database) == rows(scripted)

    run(database, example.operation.reverse())
    assert bool(differences(before, catalog(database))) == bool(example.stays)
    if not example.stays:
        assert differences(before, catalog(played(scripted, example.operation.reverse()))) == ()


# -- how --------------------------------------------------------------------------------------------------------


def rendered(operation: MigrateOperation) -> str:
    code = render_python_code(ops.UpgradeOps([operation]))
    return "\n".join(line.strip() for line in code.splitlines() if not line.strip().startswith("#"))


def invoked(code: str, folder: Path) -> list[object]:
    """The operations that *code* invokes, none of which runs."""
    (folder / "revision.py").write_text(code)
    found: list[object] = []
    operations = Operations(MigrationContext.configure(dialect_name="postgresql"))
    operations.invoke = lambda operation: found.append(told(operation))  # type: ignore[method-assign]
    runpy.run_path(str(folder / "revision.py"), {"op": operations, "sa": sa})
    return found


def told(operation: MigrateOperation) -> object:
    assert isinstance(operation, SafeOperation)
    return (operation.name, operation.arguments())


@contextmanager
def online(database: str) -> Iterator[Operations]:
    engine = sa.create_engine(database.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        with context.begin_transaction():
            yield Operations(context)


def run(database: str, operation: MigrateOperation) -> None:
    """As a revision would run it."""
    with online(database) as operations:
        if not isinstance(operation, ops.ModifyTableOps):
            operations.invoke(operation)


def played(database: str, operation: MigrateOperation) -> str:
    """*database*, once what ``--sql`` writes of the operation has run there."""
    script = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": script, "literal_binds": True}
    )
    with context.begin_transaction():
        if not isinstance(operation, ops.ModifyTableOps):
            Operations(context).invoke(operation)
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in cut(script.getvalue()):
            connection.execute(statement.text.encode())
    return database


def catalog(database: str) -> Catalog:
    with psycopg.connect(database) as connection:
        return snapshot(connection)


def rows(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(f"SELECT * FROM {TABLE} ORDER BY id".encode()).fetchall()
