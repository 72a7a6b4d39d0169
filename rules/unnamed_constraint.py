"""unnamed-constraint: see unnamed_constraint.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import constraints_of
from safemigrate.schema import Check, Exclusion, ForeignKey, PrimaryKey, Unique

_KINDS = {
    Check: "CHECK",
    Exclusion: "EXCLUDE",
    ForeignKey: "FOREIGN KEY",
    PrimaryKey: "PRIMARY KEY",
    Unique: "UNIQUE",
}


def check(site: Site) -> Iterable[Hit]:
    """Each constraint that PostgreSQL has to name."""
    unnamed = [_KINDS[type(c)] for c in constraints_of(site.operation) if type(c) in _KINDS and not c.name]
    if unnamed:
        yield Hit(
            frozenset({Hazard.ADVICE}), message=f"{' and '.join(unnamed)} without a name: PostgreSQL chooses one."
        )
