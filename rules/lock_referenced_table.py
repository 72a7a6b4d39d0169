"""lock-referenced-table: see lock_referenced_table.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.held import blocking
from safemigrate.schema import LockMode, Name, Work
from safemigrate.schema.operations import AddColumn, AddForeignKey, CreateTable, ValidateConstraint

SLOW = (Work.SCAN, Work.INDEX_BUILD, Work.REWRITE)


def check(site: Site) -> Iterable[Hit]:
    """A reference locks the other table, instantly; what is slow in the rest of its transaction makes that long."""
    if site.transaction is None:
        return
    last = max((at for at, placed in enumerate(site.operations) if _is_slow(site, placed)), default=-1)
    found = {at: _referenced(site, placed) for at, placed in enumerate(site.operations[: max(last, 0)])}
    found = {at: tables for at, tables in found.items() if tables}
    if not found:
        return
    names = dict.fromkeys(str(table) for tables in found.values() for table in tables)
    yield Hit(
        frozenset({Hazard.BLOCKS_WRITES}),
        at=min(found),
        # the slow statement has an error of its own, and whoever mends that mends this
        certain=False,
        message=f"References lock {' and '.join(names)} against writes, and the transaction keeps that through "
        f"{_head(site.operations[last])}.",
    )


def _referenced(site: Site, placed: Placed) -> tuple[Name, ...]:
    """The tables in use that an instant operation points at, and so locks against writes."""
    op = placed.operation
    if not isinstance(op, AddColumn | AddForeignKey | CreateTable) or _is_slow(site, placed):
        return ()
    own = placed.before.resolve(op.table)
    return tuple(
        lock.table
        for lock in blocking(site, placed)
        if lock.table != own and lock.mode is LockMode.SHARE_ROW_EXCLUSIVE
    )


def _is_slow(site: Site, placed: Placed) -> bool:
    """Whether it works on a whole table in use. Rows that are written and proofs have rules of their own."""
    if site.footprint(placed).work not in SLOW or isinstance(placed.operation, ValidateConstraint):
        return False
    table = getattr(placed.operation, "table", None)
    return table is None or not placed.before.is_new(table)


def _head(placed: Placed) -> str:
    return (placed.statement.sql or placed.operation.sql()).strip().splitlines()[0]
