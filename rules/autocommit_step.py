"""autocommit-step: see autocommit_step.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.schema.operations import (
    AlterObject,
    DropDefault,
    DropNotNull,
    Insert,
    SetDefault,
    SetNotNull,
    SetParameter,
    ValidateConstraint,
)

#: these change the schema once and do nothing a second time
_BEAR_TWICE = (AlterObject, DropDefault, DropNotNull, SetDefault, SetNotNull, SetParameter, ValidateConstraint)


#: a block that looks for its own work before it does it
_ASKS_FIRST = re.compile(r"\s*DO\b.*\bIF\s+(NOT\s+)?EXISTS\b", re.IGNORECASE | re.DOTALL)


def check(site: Site) -> Iterable[Hit]:
    """The first statement that finds something committed which cannot be done a second time."""
    if site.policy.lock_timeout == "managed" or not site.run.revision.id:
        # apply asks the catalogue what is done already; a script has nobody who counts it as not run
        return
    for at in _behind_commits(site):
        stays = next((p for p in site.operations[:at] if _refused_twice(p)), None)
        if stays is not None:
            yield Hit(
                frozenset({Hazard.ADVICE}),
                at=at,
                message=f"What the revision has done is committed before this runs: if it fails, the next attempt "
                f"stops at {_head(stays)}. Put this into a revision of its own.",
            )
            return


def _behind_commits(site: Site) -> Iterator[int]:
    """The positions that find everything before them committed."""
    for at, (one, other) in enumerate(pairwise(site.operations), 1):
        number = other.statement.transaction
        if other.statement is not one.statement and (number is None or number != one.statement.transaction):
            yield at


def _refused_twice(placed: Placed) -> bool:
    """Whether PostgreSQL refuses the same statement once it has run, or does it a second time."""
    op = placed.operation
    if any(getattr(op, word, False) for word in ("if_not_exists", "if_exists", "or_replace")):
        return False
    if _ASKS_FIRST.match(placed.statement.sql):
        return False
    return isinstance(op, Insert) or (placed.before is not placed.after and not isinstance(op, _BEAR_TWICE))


def _head(placed: Placed) -> str:
    return (placed.statement.sql or placed.operation.sql()).strip().splitlines()[0].rstrip(" (")
