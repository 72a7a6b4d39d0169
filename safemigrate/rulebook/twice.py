"""Which statements may run a second time as they are written, behind an interruption."""

from __future__ import annotations

import re

from safemigrate.schema import Operation, Volatility
from safemigrate.schema.operations import (
    AlterObject,
    Analyze,
    AttachIndex,
    ChangePolicy,
    ChangeType,
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
    Update,
    Vacuum,
    ValidateConstraint,
)
from safemigrate.schema.recognise import TEMPLATES

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


def bears_twice(op: Operation) -> bool:
    """Whether *op*, as it is written, certainly does nothing where its outcome is there."""
    match op:
        case ChangeType():
            # the values would be converted once more
            return op.using is None
        case Update():
            return _fills(op)
        case AlterObject(kind="SEQUENCE"):
            return _OWNED.fullmatch(op.text) is not None
    asks = any(getattr(op, word, False) for word in ("if_not_exists", "if_exists", "or_replace"))
    return asks or isinstance(op, _BEAR_TWICE)


def _fills(op: Update) -> bool:
    """Whether an UPDATE gives columns the same once more: from others, and from nothing that changes by itself."""
    written = {column for column, _ in op.assignments}
    return not op.text and all(
        value.volatility in (Volatility.CONSTANT, Volatility.STABLE) and written.isdisjoint(value.columns)
        for _, value in op.assignments
    )
