"""Which statements may run a second time as they are written, behind an interruption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from safemigrate.schema import Expression, Operation, Schema, Volatility
from safemigrate.schema.operations import (
    AlterObject,
    Analyze,
    AttachIndex,
    ChangePolicy,
    ChangeType,
    Comment,
    Copy,
    DropDefault,
    DropNotNull,
    Grant,
    Insert,
    LockTable,
    RefreshView,
    Reindex,
    SetDefault,
    SetNotNull,
    SetParameter,
    SetReplicaIdentity,
    SetRowSecurity,
    ToggleTrigger,
    TuneColumn,
    Update,
    Vacuum,
    ValidateConstraint,
)
from safemigrate.schema.recognise import TEMPLATES
from safemigrate.sql import may_meet

#: these change the schema once and nothing a second time
_BEAR_TWICE = (
    *TEMPLATES,
    Analyze,
    AttachIndex,
    ChangePolicy,
    Comment,
    DropDefault,
    DropNotNull,
    Grant,
    LockTable,
    RefreshView,
    Reindex,
    SetDefault,
    SetNotNull,
    SetParameter,
    SetReplicaIdentity,
    SetRowSecurity,
    ToggleTrigger,
    TuneColumn,
    Vacuum,
    ValidateConstraint,
)
# nothing beside it: RESTART would give out numbers a second time
_OWNED = re.compile(r"ALTER\s+SEQUENCE\s+\S+\s+OWNED\s+BY\s+\S+", re.IGNORECASE)


# what an INSERT says that adds no row a second time
_GUARDED = re.compile(r"\bON\s+CONFLICT\b.*\bDO\s+NOTHING\b|\bNOT\s+EXISTS\b", re.IGNORECASE | re.DOTALL)


def adds_twice(op: Operation) -> bool:
    """Whether *op*, run a second time, would go on with what it did: add its rows again, or count once more."""
    match op:
        case Update():
            return any(column in value.columns for column, value in op.assignments)
        case Insert() | Copy():
            return not bears_twice(op)
        case _:
            return False


def bears_twice(op: Operation) -> bool:
    """Whether *op*, as it is written, certainly does nothing where its outcome is there."""
    match op:
        case ChangeType():
            # the values would be converted once more
            return op.using is None
        case Update():
            return _fills(op)
        case Insert():
            return _GUARDED.search(op.text) is not None
        case AlterObject(kind="SEQUENCE"):
            return _OWNED.fullmatch(op.text) is not None
    asks = any(getattr(op, word, False) for word in ("if_not_exists", "if_exists", "or_replace"))
    return asks or isinstance(op, _BEAR_TWICE)


def overwritten(operations: Sequence[Operation], schema: Schema) -> Iterator[tuple[int, str]]:
    """The places of the UPDATEs that read what a later one writes, each with such a column.

    Run again behind that, they would read what it wrote: for their values, or in a condition that rows meet only
    since then. *schema* tells which tables are the same.
    """
    for place, op in enumerate(operations):
        if not isinstance(op, Update):
            continue
        later = (each for each in operations[place + 1 :] if isinstance(each, Update))
        written = [pair for each in later if schema.same(each.table, op.table) for pair in each.assignments]
        read = [column for column, value in written if _reads(op, column, value)]
        if read:
            yield place, min(read)


def _reads(op: Update, column: str, value: Expression) -> bool:
    """Whether *op* does something else where *column* holds *value*."""
    where = op.where
    return any(column in read.columns for _, read in op.assignments) or (
        where is not None and column in where.columns and may_meet(where.text, column, value.text)
    )


def _fills(op: Update) -> bool:
    """Whether an UPDATE gives columns the same once more: from others, and from nothing that changes by itself."""
    written = {column for column, _ in op.assignments}
    return not op.text and all(
        value.volatility in (Volatility.CONSTANT, Volatility.STABLE) and written.isdisjoint(value.columns)
        for _, value in op.assignments
    )
