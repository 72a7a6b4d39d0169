"""identifier-too-long: see identifier_too_long.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import names_given

#: NAMEDATALEN - 1. Source: PostgreSQL 18 manual, 4.1.1
LONGEST_BYTES = 63


def check(site: Site) -> Iterable[Hit]:
    """Names that PostgreSQL cuts. They are read as it reads them, so what it left out stands in the text alone."""
    for at, placed in enumerate(site.operations):
        for name in dict.fromkeys(names_given(placed.operation)):
            if LONGEST_BYTES - 3 <= len(name.encode()) <= LONGEST_BYTES and _goes_on(name, placed.statement.sql):
                yield Hit(
                    frozenset({Hazard.ADVICE}),
                    at=at,
                    message=f"PostgreSQL keeps {LONGEST_BYTES} bytes of a name, so this is called {name}.",
                )


def _goes_on(name: str, text: str) -> bool:
    """Whether *text* spells a longer identifier that begins with *name*."""
    return re.search(rf"(?<![\w$]){re.escape(name)}[\w$]", text, re.IGNORECASE) is not None
