"""Lock modes, kinds of work, and the footprint of a statement: values only."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from safemigrate.schema.name import Name


class LockMode(enum.IntEnum):
    """The table-level lock modes in order of strength. Source: PostgreSQL 15 manual, 13.3.1."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def blocks_reads(self) -> bool:
        """Whether a SELECT has to wait."""
        return self is LockMode.ACCESS_EXCLUSIVE

    @property
    def blocks_writes(self) -> bool:
        """Whether an INSERT, UPDATE or DELETE has to wait."""
        return self >= LockMode.SHARE

    def __str__(self) -> str:
        return self.name.replace("_", " ")


class Work(enum.StrEnum):
    """What an operation does while it holds its locks, from the least to the most; all but instant grow."""

    INSTANT = "instant"
    ROWS = "rows"
    SCAN = "scan"
    INDEX_BUILD = "index build"
    REWRITE = "rewrite"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock on *table* (a view, too), or on nothing but its *index* where that is named.

    Whoever plans a query looks at every index of its tables, so a lock on an index stops what the same lock on
    the table would stop.
    """

    table: Name
    mode: LockMode
    index: str = ""


@dataclass(frozen=True, slots=True)
class Footprint:
    """The locks of an operation and its work.

    *locks* are on tables and views, *sequences* on sequences; they are held to the end of the transaction.
    *waiting* are tables that are not locked so themselves, but whose writers look at one that is.
    """

    locks: tuple[Lock, ...] = ()
    work: Work = Work.INSTANT
    sequences: tuple[Lock, ...] = ()
    waiting: frozenset[Name] = frozenset()

    def strongest(self, table: Name) -> LockMode | None:
        """The strongest lock on *table* itself, whose name must be resolved."""
        return max((lock.mode for lock in self.locks if lock.table == table and not lock.index), default=None)

    @property
    def blocked_reads(self) -> frozenset[Name]:
        """The tables and views that nobody can read meanwhile."""
        return frozenset(lock.table for lock in self.locks if lock.mode.blocks_reads)

    @property
    def blocked_writes(self) -> frozenset[Name]:
        """The tables that nobody can write to meanwhile."""
        return self.waiting | {lock.table for lock in self.locks if lock.mode.blocks_writes}


def combined(footprints: Iterable[Footprint]) -> Footprint:
    """All of them together: the strongest lock on each table, index and sequence, the most work."""
    found = tuple(footprints)
    return Footprint(
        _strongest(lock for each in found for lock in each.locks),
        most(each.work for each in found),
        _strongest(lock for each in found for lock in each.sequences),
        frozenset[Name]().union(*(each.waiting for each in found)),
    )


def most(works: Iterable[Work]) -> Work:
    """The heaviest of *works*, instant where there are none."""
    order = list(Work)
    return max(works, key=order.index, default=Work.INSTANT)


def _strongest(locks: Iterable[Lock]) -> tuple[Lock, ...]:
    modes: dict[tuple[Name, str], LockMode] = {}
    for lock in locks:
        key = lock.table, lock.index
        modes[key] = max(modes.get(key, lock.mode), lock.mode)
    return tuple(Lock(table, mode, index) for (table, index), mode in modes.items())
