"""enum-type: see enum_type.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site


def check(site: Site) -> Iterable[Hit]:
    """Each enum that is made."""
    yield Hit(frozenset({Hazard.ADVICE}))
