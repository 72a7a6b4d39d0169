"""drop-database: see drop_database.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import ServerCommand


def check(site: Site) -> Iterator[Hit]:
    """Whatever is in it, nobody asks twice."""
    assert isinstance(site.operation, ServerCommand)
    yield Hit(frozenset({Hazard.LOSES_DATA}))
