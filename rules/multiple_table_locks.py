"""multiple-table-locks: see multiple_table_locks.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.held import blocking
from safemigrate.rulebook.timeouts import limits
from safemigrate.schema import LockMode, Name

#: PostgreSQL's deadlock_timeout unless somebody changed it: whoever gives up sooner loses alone
DEADLOCK_TIMEOUT_MS = 1_000


def check(site: Site) -> Iterator[Hit]:
    """One finding for everything under review, where a transaction that keeps one table first waits for another."""
    if site.policy.lock_timeout == "managed":
        return
    found = list(_second_tables(site))
    if not found:
        return
    at, kept, wanted = found[0]
    others = len({_transaction(site.operations[n]) for n, _, _ in found}) - 1
    more = f" So do {others} more transactions." if others > 1 else " So does one more transaction." if others else ""
    yield Hit(
        frozenset({Hazard.BLOCKS_WRITES}),
        at=at,
        certain=False,
        message=f"It waits for {wanted} while the transaction keeps {kept}: a transaction of the application that "
        f"holds the one and wants the other deadlocks with it.{more}",
    )


def _second_tables(site: Site) -> Iterator[tuple[int, Name, Name]]:
    """Each operation that waits for a table while its transaction keeps another, with the one kept and the other."""
    kept: dict[Name, None] = {}
    current: tuple[object, ...] = ()
    for at, (placed, limit) in enumerate(zip(site.operations, limits(site.operations, "lock_timeout"), strict=True)):
        if _transaction(placed) != current or placed.statement.transaction is None:
            kept, current = {}, _transaction(placed)
        strong = [lock.table for lock in blocking(site, placed) if lock.mode >= LockMode.SHARE_ROW_EXCLUSIVE]
        other = next((table for table in strong if table not in kept), None)
        if kept and other is not None and (limit is None or limit > DEADLOCK_TIMEOUT_MS):
            yield at, next(iter(kept)), other
        kept |= dict.fromkeys(strong)


def _transaction(placed: Placed) -> tuple[object, ...]:
    statement = placed.statement
    return statement.revision, statement.direction, statement.transaction
