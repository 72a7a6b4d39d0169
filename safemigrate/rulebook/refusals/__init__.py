"""Why PostgreSQL refuses an operation, as far as the schema tells: a name is taken, or nobody has it, something else
needs what goes, or the object is not of the kind that the statement means.

Only what is sure comes out: what the history never made is taken for there, and for fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook.refusals.absent import absent
from safemigrate.rulebook.refusals.needed import needed
from safemigrate.rulebook.refusals.taken import taken
from safemigrate.rulebook.refusals.unfit import unfit
from safemigrate.rulebook.site import Placed

__all__ = ["refusals"]


def refusals(placed: Placed, beside: tuple[Placed, ...] = (), *, postgres: int | None = None) -> Iterator[str]:
    """The reasons for which PostgreSQL refuses an operation, as sentences, the plainest first.

    *beside* is what the statement does beside it, *postgres* the target's major version, None for any.
    """
    yield from absent(placed.operation, placed.before)
    yield from taken(placed.operation, placed.before)
    yield from unfit(placed.operation, placed.before, beside)
    yield from needed(placed.operation, placed.before, beside, postgres=postgres)
