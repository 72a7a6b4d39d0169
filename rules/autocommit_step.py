"""autocommit-step: see autocommit_step.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.refusals import refusals
from safemigrate.rulebook.twice import bears_twice, overwritten
from safemigrate.schema import after
from safemigrate.schema.operations import (
    AddConstraint,
    AlterObject,
    CreateIndex,
    Insert,
    Update,
)

#: these are mostly written so that they do nothing a second time
_MAY_BEAR_TWICE = AlterObject
#: these may follow a DROP … IF EXISTS that makes room for them
_ROOM = (AddConstraint, CreateIndex)


#: a block that looks for its own work before it does it
_ASKS_FIRST = re.compile(r"\s*DO\b.*\bIF\s+(NOT\s+)?EXISTS\b", re.IGNORECASE | re.DOTALL)


def check(site: Site) -> Iterable[Hit]:
    """The first statement that finds something committed which cannot be done a second time."""
    if site.policy.lock_timeout == "managed" or not site.run.revision.id:
        # apply asks the catalogue what is done already; a script has nobody who counts it as not run
        return
    for at in _behind_commits(site):
        stays = _stop(site, at)
        if stays is not None:
            yield Hit(
                frozenset({Hazard.ADVICE}),
                at=at,
                message=f"What the revision has done is committed before this runs: if it fails, the next attempt "
                f"{_meets(stays)}. Put this into a revision of its own.",
            )
            return


def _behind_commits(site: Site) -> Iterator[int]:
    """The positions that find everything before them committed."""
    for at, (one, other) in enumerate(pairwise(site.operations), 1):
        number = other.statement.transaction
        if other.statement is not one.statement and (number is None or number != one.statement.transaction):
            yield at


def _stop(site: Site, at: int) -> Placed | None:
    """The first operation before *at* that is refused, or does its work twice, when all of them run once more."""
    schema = site.operations[at].before
    for place, _ in overwritten([placed.operation for placed in site.operations[:at]], schema):
        return site.operations[place]
    for placed in site.operations[:at]:
        if _is_once(placed, replace(placed, before=schema), site.postgres):
            return placed
        schema = after(placed.operation, schema)
    return None


def _is_once(placed: Placed, again: Placed, postgres: int | None) -> bool:
    op = placed.operation
    if bears_twice(op) or _ASKS_FIRST.match(placed.statement.sql):
        return False
    if isinstance(op, _ROOM):
        return any(refusals(again, postgres=postgres))
    return isinstance(op, Insert) or (placed.before is not placed.after and not isinstance(op, _MAY_BEAR_TWICE))


def _meets(placed: Placed) -> str:
    what = "finds its own work in" if isinstance(placed.operation, Update) else "stops at"
    return f"{what} {_head(placed)}"


def _head(placed: Placed) -> str:
    return (placed.statement.sql or placed.operation.sql()).strip().splitlines()[0].rstrip(" (")
