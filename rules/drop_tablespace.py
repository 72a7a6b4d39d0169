"""drop-tablespace: see drop_tablespace.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import ServerCommand


def check(site: Site) -> Iterator[Hit]:
    """It belongs to the server, not to this database."""
    assert isinstance(site.operation, ServerCommand)
    yield Hit(frozenset({Hazard.LOSES_DATA}))
