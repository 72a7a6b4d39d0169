"""missing-primary-key: see missing_primary_key.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import last_name
from safemigrate.schema.operations import CreateTable
from safemigrate.schema.schema import TEMPORARY


def check(site: Site) -> Iterable[Hit]:
    """A table for good that has no primary key once the revision is done."""
    op = site.operation
    assert isinstance(op, CreateTable)
    if op.unlogged or op.partition_of is not None or site.before.table(op.table):
        # a partition has the key of its parent, or lacks it with its parent
        return
    name = last_name(site.run, site.position, op.table)
    table = site.run.last.table(name) if name else None
    if table is not None and not table.primary_key and table.name.schema != TEMPORARY:
        yield Hit(frozenset({Hazard.BREAKS_REPLICATION}), message=f"{table.name.name} has no primary key.")
