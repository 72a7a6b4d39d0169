"""Locks that a transaction holds already: it keeps each of them to its end."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook.site import Placed, Site
from safemigrate.schema import Lock, LockMode, Name
from safemigrate.schema.operations import LockTable, TransactionControl

_GOES_ON = ("BEGIN", "START", "SAVEPOINT", "RELEASE", "ROLLBACK TO")

Held = tuple[Lock, ...]


def held(site: Site) -> Iterator[tuple[int, Placed, Held]]:
    """Each operation of *site*, a transaction, with the strongest locks that stop writes and that earlier ones took.

    What LOCK TABLE asks for is left out: the rule on it speaks of all that runs under it.
    """
    kept: dict[Name, LockMode] = {}
    for at, placed in enumerate(site.operations):
        op = placed.operation
        if isinstance(op, TransactionControl) and op.kind not in _GOES_ON:
            kept = {}
        yield at, placed, tuple(Lock(table, mode) for table, mode in kept.items())
        if not isinstance(op, LockTable):
            for lock in blocking(site, placed):
                kept[lock.table] = max(lock.mode, kept.get(lock.table, lock.mode))


def held_before(site: Site) -> Lock | None:
    """The strongest lock, of those that stop writes, that the site's transaction took before on a table in use."""
    position = site.position
    earlier = {id(placed) for placed in site.run.operations[:position]}
    locks = [lock for placed in site.in_transaction if id(placed) in earlier for lock in blocking(site, placed)]
    return max(locks, key=lambda lock: lock.mode, default=None)


def blocking(site: Site, placed: Placed) -> tuple[Lock, ...]:
    """The locks of an operation that stop writes to a table that the revision did not make itself."""
    return tuple(
        lock
        for lock in site.footprint(placed).locks
        if lock.mode.blocks_writes and not placed.before.is_new(lock.table)
    )
