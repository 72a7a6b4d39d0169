"""Why PostgreSQL refuses an operation, as far as the schema tells: a name is taken, or nobody has it, something else
needs what goes, or the object is not of the kind that the statement means.

What the history never made is taken for there, and for fit; where the history seems to begin with an empty database,
its absence is a reason that is not certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from safemigrate.history.statement import Doubt
from safemigrate.rulebook.refusals.absent import absent
from safemigrate.rulebook.refusals.bounds import misplaced
from safemigrate.rulebook.refusals.expressions import unaskable
from safemigrate.rulebook.refusals.methods import unindexable
from safemigrate.rulebook.refusals.needed import needed
from safemigrate.rulebook.refusals.taken import taken
from safemigrate.rulebook.refusals.unfit import unfit
from safemigrate.rulebook.refusals.unmade import unmade
from safemigrate.rulebook.refusals.values import misfits
from safemigrate.rulebook.site import Placed

__all__ = ["Reason", "refusals"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why PostgreSQL refuses an operation, as a sentence."""

    sentence: str
    certain: bool = True


def refusals(placed: Placed, beside: tuple[Placed, ...] = (), *, postgres: int | None = None) -> Iterator[Reason]:
    """The reasons for which PostgreSQL refuses an operation, the plainest first, the certain before the others.

    *beside* is what the statement does beside it, *postgres* the target's major version, None for any.
    """
    op, before = placed.operation, placed.before
    for found in (
        absent(op, before),
        taken(op, before),
        unfit(op, before, beside),
        misplaced(op, before),
        unindexable(op, before),
        misfits(op, before),
        unaskable(op, before),
        needed(op, before, beside, postgres=postgres),
    ):
        yield from map(Reason, found)
    of_a_row = Doubt.ROW in placed.statement.doubts
    unless = (
        "or a row that was not read gives another name" if of_a_row else "unless it was made outside of the history"
    )
    for what in unmade(op, before, placed.touched(postgres)):
        yield Reason(f"There is no {what}, {unless}.", certain=False)
