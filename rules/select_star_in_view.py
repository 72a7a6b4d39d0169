"""select-star-in-view: see select_star_in_view.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import CreateView


def check(site: Site) -> Iterable[Hit]:
    """A view whose query has a star."""
    op = site.operation
    assert isinstance(op, CreateView)
    if op.star:
        yield Hit(frozenset({Hazard.ADVICE}))
