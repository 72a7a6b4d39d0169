"""foreign-key-cascade: see foreign_key_cascade.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import constraints_of
from safemigrate.schema import ForeignKey


def check(site: Site) -> Iterable[Hit]:
    """Each key that deletes or changes rows which no statement names."""
    for key in constraints_of(site.operation):
        if isinstance(key, ForeignKey) and "CASCADE" in key.actions:
            yield Hit(
                frozenset({Hazard.ADVICE}), message=f"A row of {key.referenced} takes rows with it: {key.actions}."
            )
