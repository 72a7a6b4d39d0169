"""What statements do to rows: how many, and of which tables."""

from __future__ import annotations

import re

from safemigrate.rulebook.site import Placed
from safemigrate.schema import Expression, Name
from safemigrate.schema.operations import Delete, Insert, Merge, Update
from safemigrate.sql import joins_only

_NUMBERS_ALIKE = re.compile(r"(\d+)\s*=\s*\1")


def changes_many_rows(placed: Placed) -> bool:
    """Whether the work of a statement that changes rows grows with a table that others use."""
    op = placed.operation
    if isinstance(op, Insert):
        # what it reads counts, not what it fills
        return op.selects and not is_version_table(op.table)
    return isinstance(op, Update | Delete | Merge) and not (
        placed.before.is_new(op.table) or is_version_table(op.table)
    )


def is_version_table(table: Name) -> bool:
    """Whether Alembic keeps its place there, as it does unless it is told otherwise."""
    return table.name == "alembic_version"


def every_row(where: Expression | None) -> bool:
    """Whether a condition leaves no row out: there is none, or it says no more than ``true``."""
    if where is None:
        return True
    text = where.text.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    return text.lower() == "true" or _NUMBERS_ALIKE.fullmatch(text) is not None


def takes_every_row(placed: Placed) -> bool:
    """Whether an UPDATE or DELETE leaves no row out, but for those that a joined table has nothing for."""
    op = placed.operation
    assert isinstance(op, Update | Delete)
    if op.where is None or every_row(op.where):
        # a join without a condition pairs every row with every other
        return True
    return _joins_tables(placed, op.joins) and joins_only(op.where.text)


def merged_rows(placed: Placed) -> frozenset[str]:
    """What a MERGE does to rows without a condition of its own: UPDATE, DELETE, both or nothing."""
    op = placed.operation
    assert isinstance(op, Merge)
    joined = _joins_tables(placed, op.joins)
    # those that the source lacks may be all, whatever the source is
    return frozenset(action for action, when in op.unconditional if joined or when == "NOT MATCHED BY SOURCE")


def _joins_tables(placed: Placed, tables: tuple[Name, ...]) -> bool:
    """Whether what is joined may have something for every row: a temporary table holds what somebody chose."""
    known = [placed.before.table(table) for table in tables]
    return bool(tables) and not any(table is not None and table.temporary for table in known)


def rows_changed(placed: Placed) -> str:
    """What a statement does to rows, to name it by: ``UPDATE of users``."""
    match placed.operation:
        case Insert(table=table):
            return f"INSERT … SELECT into {table}"
        case Delete(table=table):
            return f"DELETE from {table}"
        case Merge(table=table):
            return f"MERGE into {table}"
        case Update(table=table):
            return f"UPDATE of {table}"
        case _:
            raise AssertionError(placed)
