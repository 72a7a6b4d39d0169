"""create-domain: see create_domain.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import CreateDomain


def check(site: Site) -> Iterable[Hit]:
    """A constraint in a domain, which is easy to make and hard to change."""
    op = site.operation
    assert isinstance(op, CreateDomain)
    if op.not_null or op.checks:
        yield Hit(
            frozenset({Hazard.ADVICE}),
            message=f"To change what {op.name} allows later, PostgreSQL reads every table that uses it while their "
            "writes wait. A CHECK on the column can be changed in steps.",
        )
