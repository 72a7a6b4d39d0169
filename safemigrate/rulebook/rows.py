"""What statements do to rows: how many, and of which tables."""

from __future__ import annotations

import re

from safemigrate.rulebook.site import Placed
from safemigrate.schema import Expression, Name
from safemigrate.schema.operations import Delete, Insert, Merge, Update

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
