"""backfill-in-ddl-transaction: see backfill_in_ddl_transaction.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split
from safemigrate.rulebook.backfills import filled_later
from safemigrate.rulebook.held import held
from safemigrate.rulebook.rows import changes_many_rows, rows_changed
from safemigrate.schema import Lock


def check(site: Site) -> Iterator[Hit]:
    """What grows with the table runs while the transaction keeps others waiting."""
    for at, placed, lock in _backfills(site):
        reads = {Hazard.BLOCKS_READS} if lock.mode.blocks_reads else set()
        yield Hit(
            frozenset({Hazard.BLOCKS_WRITES} | reads),
            at=at,
            message=f"The {rows_changed(placed)} runs while the transaction holds {lock.mode} on {lock.table}, "
            f"so all {'reads and ' if reads else ''}writes of {lock.table} wait until it ends.",
        )


def split(site: Site) -> Split | Refusal | None:
    """The backfill in a phase of its own, after the transaction that made what it fills."""
    return filled_later(site, [placed for _, placed, _ in _backfills(site)])


def _backfills(site: Site) -> Iterator[tuple[int, Placed, Lock]]:
    """Each statement whose work grows with a table, with the strongest lock that others feel meanwhile."""
    for at, placed, locks in held(site):
        if locks and changes_many_rows(placed):
            yield at, placed, max(locks, key=lambda lock: lock.mode)
