"""lock-table: see lock_table.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.held import blocking
from safemigrate.schema import Lock
from safemigrate.schema.operations import LockTable, TransactionControl

NEEDS_TRANSACTION = (
    "LOCK TABLE is refused outside a transaction, where it would hold nothing: take it out of the autocommit block."
)


def check(site: Site) -> Iterable[Hit]:
    """What an explicit lock keeps others from, unless a later statement of the transaction takes the same one."""
    if site.transaction is None:
        yield Hit(frozenset({Hazard.FAILS}), message=NEEDS_TRANSACTION)
        return
    taken = {lock for placed in _later(site) for lock in site.footprint(placed).locks}
    for lock in blocking(site, site.operations[0]):
        if not _covered(lock, taken):
            reads = {Hazard.BLOCKS_READS} if lock.mode.blocks_reads else set()
            what = "reads from or writes to" if reads else "writes to"
            yield Hit(
                frozenset({Hazard.BLOCKS_WRITES} | reads),
                message=f"Nobody {what} {lock.table} until the transaction ends, whatever it does until then.",
            )
            return


def _later(site: Site) -> Iterable[Placed]:
    """What follows in the transaction."""
    first = site.operations[0]
    together = site.in_transaction
    start = next(i for i, placed in enumerate(together) if placed is first)
    for placed in together[start + 1 :]:
        if isinstance(placed.operation, TransactionControl):
            return
        if not isinstance(placed.operation, LockTable):
            yield placed


def _covered(lock: Lock, taken: Iterable[Lock]) -> bool:
    return any(other.table == lock.table and other.mode >= lock.mode for other in taken)
