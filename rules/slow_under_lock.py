"""slow-under-lock: see slow_under_lock.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.held import Held, held
from safemigrate.rulebook.rows import changes_many_rows
from safemigrate.schema import Name, Work
from safemigrate.schema.operations import (
    Copy,
    CreateTable,
    CreateView,
    Insert,
    Query,
    RefreshView,
    ValidateConstraint,
)

_SETS_SEQUENCE = re.compile(r"SELECT\s+(pg_catalog\.)?setval\b", re.IGNORECASE)
SLOW = (Work.SCAN, Work.INDEX_BUILD, Work.REWRITE)


def check(site: Site) -> Iterator[Hit]:
    """The first slow statement of a transaction that keeps others from a table meanwhile, and how many follow."""
    slow = [
        (at, placed, more)
        for at, placed, locks in held(site)
        if (more := _beyond_own(site, placed, locks)) and _is_slow(site, placed)
    ]
    if not slow:
        return
    at, placed, tables = slow[0]
    names = " and ".join(map(str, tables))
    others = len({id(p.statement) for _, p, _ in slow} - {id(placed.statement)})
    yield Hit(
        frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES}),
        at=at,
        message=f"The transaction holds ACCESS EXCLUSIVE on {names} while this runs, so nobody reads or writes there "
        "until it is done."
        + (f" {others} more statements of the transaction prolong it." if others > 1 else "")
        + (" One more statement of the transaction prolongs it." if others == 1 else "")
        + " Put what is slow first, or into a transaction of its own.",
    )


def _beyond_own(site: Site, placed: Placed, locks: Held) -> tuple[Name, ...]:
    """The tables that earlier statements keep from everybody, and this one by itself would not."""
    footprint = site.footprint(placed)
    return tuple(
        lock.table for lock in locks if lock.mode.blocks_reads and footprint.strongest(lock.table) is not lock.mode
    )


def _is_slow(site: Site, placed: Placed) -> bool:
    """Whether the work of a statement grows with a table that others use, and no other rule speaks of that."""
    op, before = placed.operation, placed.before
    if changes_many_rows(placed) or isinstance(op, Insert | ValidateConstraint):
        return False
    match op:
        case Query(text=text) if _SETS_SEQUENCE.match(text):
            # the highest key comes from an index
            return False
        case CreateTable(selects=True, sources=sources) | Query(tables=sources):
            return any(not before.is_new(table) for table in sources)
        case CreateView(kind="MATERIALIZED VIEW", with_data=True) | RefreshView(with_data=True) | Copy():
            return True
        case _:
            footprint = site.footprint(placed)
            return footprint.work in SLOW and any(not before.is_new(lock.table) for lock in footprint.locks)
