"""Locks that a transaction holds already: it keeps each of them to its end."""

from __future__ import annotations

from safemigrate.rulebook.site import Placed, Site
from safemigrate.schema import Lock


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
