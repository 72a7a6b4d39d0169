"""Whether the columns that triggers of ours keep in step are."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from safemigrate.apply.session import Connection
from safemigrate.plan.losses import Synced
from safemigrate.schema import Name, Volatility
from safemigrate.schema.conversion import Expressions
from safemigrate.schema.name import quoted
from safemigrate.sql import read_expression


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
