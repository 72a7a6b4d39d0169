"""prefer-identity: see prefer_identity.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import columns_of
from safemigrate.schema import Generation


def check(site: Site) -> Iterable[Hit]:
    """Each serial column."""
    for column in columns_of(site.operation):
        if column.generation is Generation.SERIAL:
            yield Hit(frozenset({Hazard.ADVICE}), message=f"{column.name} is a serial: take an identity.")
