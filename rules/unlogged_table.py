"""unlogged-table: see unlogged_table.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import CreateTable


def check(site: Site) -> Iterable[Hit]:
    """A table that no standby and no restart after a crash has."""
    op = site.operation
    assert isinstance(op, CreateTable)
    if op.unlogged:
        yield Hit(
            frozenset({Hazard.BREAKS_REPLICATION}),
            message=f"{op.table} is empty after a crash and on every standby.",
        )
