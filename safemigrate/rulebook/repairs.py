"""Rows that a revision mends before it constrains them: what the old version writes afterwards is not mended."""

from __future__ import annotations

from collections.abc import Collection

from safemigrate.rulebook.filling import writes
from safemigrate.rulebook.rows import rows_changed
from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import Name
from safemigrate.schema.operations import Delete, Update


def left_unrepaired(run: Run, position: int, table: Name, columns: Collection[str]) -> str:
    """What contract must be told where statements before *position* mend rows for a constraint on *columns*.

    Empty where none does. Without *columns* the constraint may be about any.
    """
    repairs = [placed for placed in run.operations[:position] if _mends(placed, table, columns)]
    if not repairs:
        return ""
    named = " and the ".join(dict.fromkeys(map(rows_changed, repairs)))
    since = f"What was written since {run.revision.id} ran is repaired by nothing here"
    return f" {since}: repair it first, as the {named} did."


def _mends(placed: Placed, table: Name, columns: Collection[str]) -> bool:
    op = placed.operation
    if not isinstance(op, Update | Delete) or not placed.before.same(op.table, table):
        return False
    return isinstance(op, Delete) or not columns or any(writes(op, column) for column in columns)
