"""Columns that triggers of ours keep in step: which a contract lets go, and whether they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from safemigrate.apply.pending import Pending
from safemigrate.apply.session import Connection
from safemigrate.rulebook.retyping import Loss, loss
from safemigrate.schema import Name, Operation, Schema, Volatility, conversion, sync
from safemigrate.schema import operations as o
from safemigrate.schema.conversion import Expressions
from safemigrate.schema.name import quoted
from safemigrate.sql import read_expression


@dataclass(frozen=True, slots=True)
class Synced:
    """What triggers of ours keep in step. *old* is empty for a column that is only filled; *up* and *down* are where
    the columns are not simply equal."""

    table: Name
    triggers: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    up: Expressions = ()
    down: Expressions = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.old, *self.new)


def synced(contract: Pending) -> tuple[Synced, ...]:
    """What earlier revisions brought in step, and whose triggers *contract* drops."""
    dropped = [
        (placed.before, operation.table, operation.name.name)
        for step in contract.steps
        for placed in step.placed
        if isinstance(operation := placed.operation, o.DropObject)
        and operation.kind == "TRIGGER"
        and operation.table is not None
    ]
    found: dict[tuple[Name, tuple[str, ...]], Synced] = {}
    for each in map(_synced, contract.earlier):
        if each is not None and any(
            name in each.triggers and before.same(table, each.table) for before, table, name in dropped
        ):
            found[each.table, each.triggers] = each
    return tuple(found.values())


def _synced(operation: Operation) -> Synced | None:
    match operation:
        case sync.CreateSyncFunction(table, old, new):
            return Synced(table, (sync.sync_trigger(table, new),), (old,), (new,))
        case sync.CreateFillFunction(table, column):
            return Synced(table, (sync.fill_trigger(table, column),), (), (column,))
        case conversion.CreateConversionFunction(table, up, down) if down:
            triggers = tuple(trigger.trigger for trigger in conversion.conversion_triggers(operation))
            return Synced(table, triggers, operation.old, operation.new, up, down)
        case _:
            return None


def is_held_beside(op: o.DropColumn, before: Schema, earlier: Iterable[Operation]) -> bool:
    """Whether a trigger of one way gave all that the dropped column holds to another column, which holds as much."""
    old = before.column(op.table, op.column)
    return any(
        old.type is not None
        and (new := before.column(op.table, column)).type is not None
        and loss(old.type, new.type) is Loss.NONE
        for function in earlier
        if isinstance(function, conversion.CreateConversionFunction)
        and not function.down
        and before.same(function.table, op.table)
        for column, text in function.up
        if text == quoted(op.column)
    )


def out_of_step(connection: Connection, synced: Synced) -> tuple[str, int]:
    """The condition of a row that is not as the triggers would leave it, and how many rows meet it.

    Values that a conversion does not take are for a person: there it only asks whether the new side is still empty.
    """
    if not synced.up:
        return _unequal(connection, synced) if _equal_types(connection, synced) else _unfilled(connection, synced)
    condition = _unconverted(connection, synced) or f"{_emptied(synced)} AND NOT ({_nothing(synced.up)})"
    try:
        with connection.transaction():
            return condition, _count(connection, synced.table, condition)
    except psycopg.DataError:
        return _unfilled(connection, synced)


def _unequal(connection: Connection, synced: Synced) -> tuple[str, int]:
    condition = f"NOT record_image_eq({_row(synced.new)}, {_row(synced.old)})"
    return condition, _count(connection, synced.table, condition)


def _unfilled(connection: Connection, synced: Synced) -> tuple[str, int]:
    """Of different types they need not be equal, since a conversion may lose something."""
    condition = _emptied(synced)
    return condition, _count(connection, synced.table, condition)


def _emptied(synced: Synced) -> str:
    """What is true of a row with values on the old side only."""
    filled = (
        [f"NOT ({_empty(synced.old)})"] if len(synced.old) > 1 else [f"{quoted(c)} IS NOT NULL" for c in synced.old]
    )
    return " AND ".join((_empty(synced.new), *filled))


def _nothing(side: Expressions) -> str:
    """What is true of a row that leaves its values no counterpart on *side*."""
    return " AND ".join(f"({text}) IS NULL" for _, text in side)


def _equal_types(connection: Connection, synced: Synced) -> bool:
    types = _types(connection, synced)
    return bool(synced.old) and len({types.get(column) for column in synced.columns}) == 1


def _unconverted(connection: Connection, synced: Synced) -> str:
    """What is true of a row of which neither side is what the other one gives; empty where that may depend on the
    session that wrote it. What the old side does not hold cannot be lost with it."""
    expressions = (*synced.up, *synced.down)
    if any(read_expression(text).volatility is not Volatility.CONSTANT for _, text in expressions):
        return ""
    types = _types(connection, synced)
    up, down = (
        f"record_image_eq({_row(column for column, _ in side)}, "
        f"ROW({', '.join(f'CAST({text} AS {types.get(column)})' for column, text in side)}))"
        for side in (synced.up, synced.down)
    )
    return f"NOT ({_empty(synced.old)}) AND NOT {up} AND NOT (NOT ({_empty(synced.new)}) AND {down})"


def _types(connection: Connection, synced: Synced) -> dict[str, str]:
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = to_regclass(%s) AND attname = ANY(%s)",
        (synced.table.sql(), list(synced.columns)),
    )
    return {str(column): str(type_) for column, type_ in rows}


def _row(columns: Iterable[str]) -> str:
    return f"ROW({', '.join(map(quoted, columns))})"


def _empty(columns: Iterable[str]) -> str:
    return " AND ".join(f"{quoted(column)} IS NULL" for column in columns)


def _count(connection: Connection, table: Name, condition: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table.sql()} WHERE {condition}".encode()).fetchone()
    assert row is not None
    return int(row[0])
