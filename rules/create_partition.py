"""create-partition: see create_partition.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.operations import AttachPartition, CreateTable


def check(site: Site) -> Iterable[Hit]:
    """An instant lock on the parent that stops reads and writes, where a form without it exists: a warning."""
    op = _operation(site)
    if op.partition_of is not None and not site.is_new(op.partition_of):
        yield Hit(
            frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES}),
            certain=False,
            message=f"It waits for every query on {op.partition_of}, and all that come later wait behind it.",
        )


def split(site: Site) -> Split | Refusal | None:
    """A table like the parent, attached in the same transaction: that locks the parent against other DDL only."""
    op = _operation(site)
    parent = op.partition_of
    if parent is None or not op.bound or op.columns or op.constraints or op.partitioned or op.if_not_exists:
        return None
    # what stands behind the bound (WITH, TABLESPACE) would have to be said of the table
    if op.temporary or op.unlogged or not op.text.rstrip("; \n").endswith(op.bound):
        return None
    if site.before.default_partition(parent) is not None:
        # attach-partition refuses for both
        return None
    words = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
    text = f"CREATE TABLE {op.table.sql()} (LIKE {parent.sql()} {words})"
    like = CreateTable(op.table, text=text, like=(parent,), including=frozenset({"DEFAULTS", "CONSTRAINTS"}))
    return Split(
        consumes=frozenset({site.position}),
        change=f"adds the partition {op.table} to {parent}",
        expand=((like, AttachPartition(parent, op.table, op.bound)),),
    )


def _operation(site: Site) -> CreateTable:
    assert isinstance(site.operation, CreateTable)
    return site.operation
