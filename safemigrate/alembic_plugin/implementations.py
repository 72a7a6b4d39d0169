"""What each operation runs: the statements that split writes in plain revisions, so that both read alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.operations import Operations

from safemigrate.alembic_plugin import batches
from safemigrate.alembic_plugin import columns as c
from safemigrate.alembic_plugin import operations as o
from safemigrate.alembic_plugin.base import SafeOperation

if TYPE_CHECKING:
    from safemigrate.schema import Name


def register() -> None:
    """Make the operations known as ``op.sync_columns`` and so on."""
    for kind in o.OPERATIONS:
        Operations.register_operation(str(kind.name))(kind)
        Operations.implementation_for(kind)(_IMPLEMENTATIONS[kind])


def _sync(operations: Operations, op: c.SyncColumns) -> None:
    from safemigrate.schema import Name, sync

    table = Name(op.table_name, op.schema)
    _run(operations, sync.CreateSyncFunction(table, op.old, op.new, op.by_value).sql())
    _run(operations, sync.CreateSyncTrigger(table, op.new, op.old, op.by_value).sql())


def _fill(operations: Operations, op: c.FillColumn) -> None:
    from safemigrate.schema import Name, sync

    table = Name(op.table_name, op.schema)
    _run(operations, sync.CreateFillFunction(table, op.column_name, op.expression).sql())
    _run(operations, sync.CreateSyncTrigger(table, op.column_name).sql())


def _unsync(operations: Operations, op: c.UnsyncColumns) -> None:
    from safemigrate.schema import Name, sync

    table = Name(op.table_name, op.schema)
    _take_down(operations, table, op.new, sync.sync_trigger(table, op.new))


def _convert(operations: Operations, op: c.ConvertColumns) -> None:
    from safemigrate.schema import Name, conversion

    function = conversion.CreateConversionFunction(
        Name(op.table_name, op.schema),
        tuple(op.up.items()),
        tuple((op.down or {}).items()),
        tuple((op.types or {}).items()),
        tuple(op.total),
        op.by_value,
    )
    _run(operations, function.sql())
    for trigger in conversion.conversion_triggers(function, tuple(op.watched)):
        _run(operations, trigger.sql())


def _unconvert(operations: Operations, op: c.UnconvertColumns) -> None:
    from safemigrate.schema import Name, conversion

    table, column = Name(op.table_name, op.schema), op.new[0]
    _take_down(operations, table, column, *conversion.trigger_names(table, column))


def _end_rename(operations: Operations, op: c.EndRename) -> None:
    from safemigrate.schema import Name, renaming

    _run(operations, renaming.EndRename(Name(op.table_name, op.schema), op.old, op.new).sql())


def _undo_rename(operations: Operations, op: c.UndoRename) -> None:
    from safemigrate.schema import Name, renaming

    _run(operations, renaming.UndoRename(Name(op.table_name, op.schema), op.old, op.new).sql())


def _unfill(operations: Operations, op: c.UnfillColumn) -> None:
    from safemigrate.schema import Name, sync

    table = Name(op.table_name, op.schema)
    _take_down(operations, table, op.column_name, sync.fill_trigger(table, op.column_name))


def _take_down(operations: Operations, table: Name, column: str, *triggers: str) -> None:
    from safemigrate.schema import sync

    for drop in sync.taken_down(table, sync.sync_function(table, column), *triggers):
        _run(operations, replace(drop, if_exists=True).sql())


def _backfill(operations: Operations, op: o.Backfill) -> None:
    context = operations.get_context()
    with context.autocommit_block():
        if context.as_sql:
            # nobody can go on from row to row in a script
            _run(operations, batches.whole(op.table, op.set, op.where))
            return
        connection = operations.get_bind()
        table, schema = batches.table_and_schema(op.table)
        columns = {column["name"] for column in sa.inspect(connection).get_columns(table, schema=schema)}
        if not columns.issuperset(op.needs):
            return
        key = list(op.key) if columns.issuperset(op.key) else []
        key = key or sa.inspect(connection).get_pk_constraint(table, schema=schema)["constrained_columns"]
        if not key:
            connection.execute(_text(batches.whole(op.table, op.set, op.where)))
            return
        batch = batches.batch(op.table, op.set, op.where, key, op.batch_rows)
        last = connection.execute(_text(batch)).mappings().first()
        following = _text(batch, batches.after(key))
        while last is not None:
            last = connection.execute(following, dict(last)).mappings().first()


def _validate(operations: Operations, op: o.ValidateConstraint) -> None:
    from safemigrate.schema import Name
    from safemigrate.schema.name import quoted

    with operations.get_context().autocommit_block():
        table = Name(op.table_name, op.schema).sql()
        _run(operations, f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(op.constraint_name)}")


def _add_not_null(operations: Operations, op: o.AddNotNull) -> None:
    from safemigrate.schema import Name
    from safemigrate.schema.name import quoted, shortened

    table, column = Name(op.table_name, op.schema).sql(), quoted(op.column_name)
    check = quoted(shortened(f"{op.table_name}_{op.column_name}_not_null_check"))
    # an interrupted run may have left it
    _run(operations, f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}")
    _run(operations, f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID")
    with operations.get_context().autocommit_block():
        _run(operations, f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}")
    # in one ALTER the check would go first, and the table would be scanned
    _run(operations, f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
    _run(operations, f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}")


def _drop_not_null(operations: Operations, op: o.DropNotNull) -> None:
    operations.alter_column(op.table_name, op.column_name, nullable=True, schema=op.schema)


def _create_index(operations: Operations, op: o.CreateIndexConcurrently) -> None:
    from safemigrate.schema import Name, leftovers

    name = operations.f(op.index_name)
    options = {"postgresql_concurrently": True, **(op.options or {})}
    with operations.get_context().autocommit_block():
        if options.get("unique"):
            # a key may stand on it by now
            _run(operations, leftovers.DropInvalidIndex(Name(op.table_name, op.schema), op.index_name).sql())
            options = {"if_not_exists": True, **options}
        else:
            _drop_index_now(operations, op)
        operations.create_index(name, op.table_name, list(op.columns), schema=op.schema, **options)


def _drop_index(operations: Operations, op: o.DropIndexConcurrently) -> None:
    with operations.get_context().autocommit_block():
        _drop_index_now(operations, op)


def _drop_index_now(operations: Operations, op: o.CreateIndexConcurrently | o.DropIndexConcurrently) -> None:
    from safemigrate.schema import Name

    _run(operations, f"DROP INDEX CONCURRENTLY IF EXISTS {Name(op.index_name, op.schema).sql()}")


def _add_key(operations: Operations, op: o.AddKeyUsingIndex) -> None:
    from safemigrate.schema import Name, PrimaryKey, Unique, asking
    from safemigrate.schema.operations import AddConstraint

    table, kind = Name(op.table_name, op.schema), PrimaryKey if op.primary else Unique
    key = kind(op.constraint_name, (), deferrable=op.deferrable, index=op.index_name)
    missing = f"NOT {asking.has_part('constraint', table, op.constraint_name)}"
    _run(operations, asking.where([missing], AddConstraint(table, key).sql()))


def _guard(operations: Operations, op: o.GuardContract) -> None:
    from safemigrate.schema import Name, sync

    names = tuple(Name(*batches.table_and_schema(table)) for table in op.tables)
    _run(operations, sync.Guard(op.revision, names).sql())


def _run(operations: Operations, sql: str) -> None:
    operations.execute(_text(sql))


def _text(sql: str, after: str = "") -> sa.TextClause:
    """*sql* without parameters; *after* comes in where a batch goes on, with its own."""
    return sa.text(batches.unbound(sql).replace(batches.AFTER, after) if after else batches.unbound(sql))


_IMPLEMENTATIONS: dict[type[SafeOperation], Callable[[Operations, Any], None]] = {
    c.SyncColumns: _sync,
    c.UnsyncColumns: _unsync,
    c.ConvertColumns: _convert,
    c.UnconvertColumns: _unconvert,
    c.EndRename: _end_rename,
    c.UndoRename: _undo_rename,
    c.FillColumn: _fill,
    c.UnfillColumn: _unfill,
    o.Backfill: _backfill,
    o.ValidateConstraint: _validate,
    o.AddNotNull: _add_not_null,
    o.DropNotNull: _drop_not_null,
    o.CreateIndexConcurrently: _create_index,
    o.DropIndexConcurrently: _drop_index,
    o.AddKeyUsingIndex: _add_key,
    o.GuardContract: _guard,
}
