"""Rows that a revision mends before it constrains them: what the old version writes afterwards is mended again, or
contract says that it is not."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from safemigrate.rulebook.backfills import STANDS_BEFORE, written_again
from safemigrate.rulebook.filling import writes
from safemigrate.rulebook.moving import moved
from safemigrate.rulebook.refilling import mentions
from safemigrate.rulebook.rows import rows_changed
from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import Check, ForeignKey, Name, Schema
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddConstraint, Delete, Update
from safemigrate.sql import read_expression


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


def repaired_again(run: Run, position: int) -> tuple[Update, ...]:
    """The UPDATEs that mend rows for the constraint added at *position*, on those that still violate it.

    Empty where nothing mends them, or where not all of that can be repeated: nothing is deleted a second time.
    """
    op = run.operations[position].operation
    assert isinstance(op, AddConstraint)
    violated = _violated(op, run.operations[position].before)
    if violated is None:
        return ()
    columns, condition = violated
    found = [i for i, placed in enumerate(run.operations[:position]) if _mends(placed, op.table, columns)]
    if not found or not all(isinstance(p.operation, STANDS_BEFORE) for p in run.operations[found[0] : position]):
        return ()
    again = [_held(run, i, condition) for i in found]
    return tuple(update for update in again if update is not None) if None not in again else ()


def _violated(op: AddConstraint, before: Schema) -> tuple[Collection[str], str] | None:
    """The columns that the constraint is about, and what is true of a row that violates it; None where not known."""
    constraint = op.constraint
    match constraint:
        case Check() if constraint.expression.columns:
            return constraint.expression.columns, f"({constraint.expression.text}) IS FALSE"
        case ForeignKey() if "MATCH" not in constraint.actions.upper() and not constraint.period:
            referenced = before.table(constraint.referenced)
            keys = constraint.referenced_columns or (referenced.primary_key if referenced is not None else ())
            if len(keys) != len(constraint.columns):
                return None
            own = [f"{quoted(op.table.name)}.{quoted(column)}" for column in constraint.columns]
            equal = [f"referenced.{quoted(key)} = {mine}" for key, mine in zip(keys, own, strict=True)]
            missing = f"SELECT FROM {constraint.referenced.sql()} AS referenced WHERE {' AND '.join(equal)}"
            given = " AND ".join(f"{mine} IS NOT NULL" for mine in own)
            return constraint.columns, f"{given} AND NOT EXISTS ({missing})"
        case _:
            return None


def _held(run: Run, position: int, condition: str) -> Update | None:
    """The UPDATE on rows of which *condition* is true; None where that is not all that its values hang on."""
    placed = run.operations[position]
    update = written_again(placed) if isinstance(placed.operation, Update) else None
    if update is None or update.text or moved(run, position) is not None:
        return None
    if any(mentions(update, other) for other in _written_beside(run, position)):
        return None
    where = f"({update.where.text}) AND {condition}" if update.where is not None else condition
    return Update(update.table, update.assignments, read_expression(where))


def _written_beside(run: Run, position: int) -> Iterator[str]:
    """The columns that other UPDATEs of the revision write: what they wrote is not in the rows that came later."""
    table = run.operations[position]
    assert isinstance(table.operation, Update)
    for i, other in enumerate(run.operations):
        op = other.operation
        if i != position and isinstance(op, Update) and other.before.same(op.table, table.operation.table):
            yield from (column for column, _ in op.assignments)


def _mends(placed: Placed, table: Name, columns: Collection[str]) -> bool:
    op = placed.operation
    if not isinstance(op, Update | Delete) or not placed.before.same(op.table, table):
        return False
    return isinstance(op, Delete) or not columns or any(writes(op, column) for column in columns)
