"""refused: see refused.md."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.refusals import refusals
from safemigrate.schema.operations import Unreadable


def check(site: Site) -> Iterator[Hit]:
    """The first reason for which PostgreSQL refuses a statement; what was not read before it may have removed it."""
    unread = _is_unread_before(site)
    for _, statement in groupby(enumerate(site.operations), key=lambda item: id(item[1].statement)):
        together = tuple(statement)
        for at, placed in together:
            beside = tuple(other for _, other in together if other is not placed)
            reason = next(refusals(placed, beside, postgres=site.postgres), None)
            if reason is not None:
                yield Hit(
                    frozenset({Hazard.FAILS}),
                    at=at,
                    certain=reason.certain and not unread,
                    message=f"PostgreSQL refuses this. {reason.sentence}",
                )
            unread = unread or isinstance(placed.operation, Unreadable)


def _is_unread_before(site: Site) -> bool:
    return any(isinstance(p.operation, Unreadable) for p in site.run.operations[: site.position])
