"""detach-partition: see detach_partition.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema import Work
from safemigrate.schema.operations import DetachPartition

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})


def check(site: Site) -> Iterable[Hit]:
    """The old version loses the rows from its sight, and the lock stops whoever uses the parent."""
    op = _operation(site)
    if site.is_new(op.table) or site.is_new(op.partition):
        return
    if op.concurrently and site.before.default_partition(op.table) is not None:
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"PostgreSQL refuses it: {op.table} has a default partition, which the rows would belong into.",
        )
        return
    if not op.finalize and not _attached_again(site, op):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"The old version no longer finds the rows of {op.partition} in {op.table}, and cannot add any.",
        )
    if not op.concurrently and not op.finalize:
        scans = site.footprint().work is not Work.INSTANT
        waits = f"It waits for every query on {op.table}, and all that come later wait behind it."
        looked_up = f"Whether other tables refer to rows of {op.partition} is looked up while reads and writes wait."
        yield Hit(BLOCKS, certain=scans, message=looked_up if scans else waits)


def split(site: Site) -> Split | Refusal | None:
    """The same when no version looks for the rows any more."""
    op = _operation(site)
    if op.concurrently and site.before.default_partition(op.table) is not None:
        return Refusal(
            f"{op.table} has a default partition, beside which nothing is detached concurrently.",
            "Leave CONCURRENTLY out, in contract and under a short lock timeout.",
        )
    if _attached_again(site, op):
        return None
    return Split(
        consumes=frozenset({site.position}),
        change=f"detaches {op.partition} from {op.table}",
        contract=((op,),),
        proof=f"No running version reads or writes rows of {op.partition} through {op.table}.",
        deploy=f"the version that does without the rows of {op.partition}",
    )


def _attached_again(site: Site, op: DetachPartition) -> bool:
    """Whether the transaction ends with the partition in its place."""
    end = site.in_transaction[-1].after
    table = end.table(op.partition)
    return table is not None and table.partition_of == end.resolve(op.table)


def _operation(site: Site) -> DetachPartition:
    assert isinstance(site.operation, DetachPartition)
    return site.operation
