"""lock-referenced-table: see lock_referenced_table.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.held import blocking
from safemigrate.schema import LockMode, Name, Work
from safemigrate.schema.operations import AddColumn, AddForeignKey, CreateTable, ValidateConstraint

SLOW = (Work.SCAN, Work.INDEX_BUILD, Work.REWRITE)


def check(site: Site) -> Iterable[Hit]:
    """A reference locks the other table, instantly; what is slow in the rest of its transaction makes that long."""
    referenced = _referenced(site)
    slow = next(_slow_later(site), None)
    if referenced and slow is not None:
        names = " and ".join(map(str, referenced))
        yield Hit(
            frozenset({Hazard.BLOCKS_WRITES}),
            # the slow statement has an error of its own, and whoever mends that mends this
            certain=False,
            message=f"It locks {names} against writes, and the transaction keeps that lock through {_head(slow)}.",
        )


def _referenced(site: Site) -> tuple[Name, ...]:
    """The tables in use that the operation points at, and so locks against writes."""
    op = site.operation
    assert isinstance(op, AddColumn | AddForeignKey | CreateTable)
    own = site.before.resolve(op.table)
    return tuple(
        lock.table
        for lock in blocking(site, site.operations[0])
        if lock.table != own and lock.mode is LockMode.SHARE_ROW_EXCLUSIVE
    )


def _slow_later(site: Site) -> Iterator[Placed]:
    """What works on whole tables in use behind the reference; rows that are written have a rule of their own."""
    begun = False
    for placed in site.in_transaction:
        if begun and site.footprint(placed).work in SLOW and not isinstance(placed.operation, ValidateConstraint):
            table = getattr(placed.operation, "table", None)
            if table is None or not placed.before.is_new(table):
                yield placed
        begun = begun or placed is site.operations[0]


def _head(placed: Placed) -> str:
    return (placed.statement.sql or placed.operation.sql()).strip().splitlines()[0]
