"""Labels of enums that the running version does not know, and what writes them to rows that it reads."""

from __future__ import annotations

from safemigrate.rulebook.objects import of_type
from safemigrate.rulebook.site import Placed
from safemigrate.schema import Answer, Name
from safemigrate.schema.name import literal
from safemigrate.schema.operations import Insert, SetDefault, Update

#: what writes labels, and can wait for contract as it is
Writing = Update | Insert | SetDefault


def writes(placed: Placed, type_: Name, label: str, *, since: int) -> Answer:
    """Whether the statement gives the label to rows that the old version reads, or to those that it inserts.

    What was made in the revision *since* (Schema.revision) or later, it does not know. Values that travel beside the
    text, and columns of which nobody knows the type, may hold the label.
    """
    op, before = placed.operation, placed.before
    if not isinstance(op, Writing):
        return Answer.NO
    table = before.table(op.table)
    if table is not None and table.born >= since:
        return Answer.NO
    columns = [before.column(op.table, name) for name in _given(placed, label)]
    said = literal(label) in placed.statement.sql
    if any(of_type(before, c.type, type_) for c in columns if c.born < since and c.type is not None):
        return Answer.YES if said else Answer.UNKNOWN
    return Answer.UNKNOWN if said and any(c.type is None for c in columns) else Answer.NO


def _given(placed: Placed, label: str) -> tuple[str, ...]:
    """The columns to which the statement may give the label."""
    op, text = placed.operation, literal(label)
    said = text in placed.statement.sql
    match op:
        case Update():
            return tuple(column for column, value in op.assignments if text in value.sql())
        case SetDefault():
            return (op.column,) if said else ()
        case Insert():
            table = placed.before.table(op.table)
            every = op.columns or tuple(table.columns if table else ())
            return every if said or placed.statement.parameters else ()
        case _:
            return ()
