"""reserved-keyword-identifier: see reserved_keyword_identifier.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import names_given
from safemigrate.schema.name import quoted


def check(site: Site) -> Iterable[Hit]:
    """Names that need quotes, or look like PostgreSQL's own."""
    for at, placed in enumerate(site.operations):
        names = dict.fromkeys(name for name in names_given(placed.operation) if name)
        odd = [name for name in names if quoted(name) != name or name.startswith("pg_")]
        if odd:
            yield Hit(
                frozenset({Hazard.ADVICE}),
                at=at,
                message=f"{' and '.join(map(quoted, odd))}: it needs quotes, or looks like PostgreSQL's own name.",
            )
