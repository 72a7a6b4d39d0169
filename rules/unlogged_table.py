"""unlogged-table: see unlogged_table.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import last_name
from safemigrate.schema.operations import CreateTable


def check(site: Site) -> Iterable[Hit]:
    """A table that no standby and no restart after a crash has."""
    op = site.operation
    assert isinstance(op, CreateTable)
    name = last_name(site.run, site.position, op.table) if op.unlogged else None
    made = site.run.last.table(name) if name is not None else None
    if made is not None and made.unlogged:
        yield Hit(
            frozenset({Hazard.BREAKS_REPLICATION}),
            message=f"{op.table} is empty after a crash and on every standby.",
        )
