"""Which statements may run a second time as they are written, behind an interruption."""

from __future__ import annotations

from safemigrate.schema import Operation
from safemigrate.schema.operations import (
    Comment,
    DropDefault,
    DropNotNull,
    Grant,
    SetDefault,
    SetNotNull,
    SetParameter,
)

#: these change the schema once and do nothing a second time
_BEAR_TWICE = (Comment, DropDefault, DropNotNull, Grant, SetDefault, SetNotNull, SetParameter)


def bears_twice(op: Operation) -> bool:
    """Whether *op*, as it is written, certainly does nothing where its outcome is there."""
    asks = any(getattr(op, word, False) for word in ("if_not_exists", "if_exists", "or_replace"))
    return asks or isinstance(op, _BEAR_TWICE)
