"""add-unique: see add_unique.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.building import (
    built_concurrently,
    dropped_key,
    exchanged_key,
    key_on_index,
    when_old_is_gone,
)
from safemigrate.rulebook.keys import stand_in
from safemigrate.rulebook.reach import index_of, unique_refuses
from safemigrate.schema import Work
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddUnique, CreateIndex

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})
BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterable[Hit]:
    """The build of the index under an exclusive lock, and the duplicates of the old version that are refused."""
    op = _operation(site)
    # no version writes to a materialized view
    if site.is_new(op.table) or site.before.view(op.table) is not None:
        return
    builds = isinstance(op, AddUnique) and site.footprint().work is Work.INDEX_BUILD
    refuses = _refuses(site)
    words = []
    defers = _defers(site)
    if defers:
        words.append(f"ON CONFLICT of the old version finds no key any more, since {defers} can be deferred now.")
    if builds:
        words.append(f"The index is built under a lock that stops reads and writes of {op.table}.")
    if refuses:
        words.append(f"From now on a duplicate that the old version writes to {op.table} is refused.")
    if words:
        breaks = BREAKS if refuses or defers else frozenset()
        yield Hit((BLOCKS if builds else frozenset()) | breaks, message=" ".join(words))


def split(site: Site) -> Split | Refusal | None:
    """The index CONCURRENTLY, the constraint on top of it; in contract where the old version may write duplicates."""
    op = _operation(site)
    if isinstance(op, CreateIndex):
        return built_concurrently(site)
    if _defers(site):
        return Refusal(
            f"A key that can be deferred serves no ON CONFLICT, and {op.table} has no other like it.",
            "Build a second unique index CONCURRENTLY for the key, and drop the first in contract.",
        )
    dropped = dropped_key(site)
    if dropped is not None:
        return exchanged_key(site, dropped)
    answer = key_on_index(site)
    if isinstance(answer, Refusal) or not _refuses(site):
        return answer
    return when_old_is_gone(site, answer, op.table, op.constraint.columns)


def _refuses(site: Site) -> bool:
    op = _operation(site)
    if isinstance(op, CreateIndex):
        table = site.before.table(op.table)
        there = op.if_not_exists and table is not None and op.index.name in table.indexes
        hollow = op.only and table is not None and table.partitioned
        return (
            op.index.unique
            and not there
            and not hollow
            and unique_refuses(site.run, site.position, op.table, op.index)
        )
    # an index that is there refuses duplicates already
    return op.constraint.index is None and unique_refuses(site.run, site.position, op.table, index_of(op.constraint))


def _defers(site: Site) -> str:
    """The index that served ON CONFLICT, and as a constraint that can be deferred does not; empty where none did."""
    op = _operation(site)
    if not isinstance(op, AddUnique) or op.constraint.index is None or not _can_be_deferred(op):
        return ""
    table = site.run.operations[0].before.table(op.table)
    index = table.indexes.get(op.constraint.index) if table else None
    if index is None or stand_in(site, op.table, index):
        # the running version does not know it, or has another
        return ""
    return quoted(index.name)


def _can_be_deferred(op: AddUnique) -> bool:
    words = op.constraint.deferrable.upper()
    return bool(words) and not words.startswith("NOT ") and words != "INITIALLY IMMEDIATE"


def _operation(site: Site) -> AddUnique | CreateIndex:
    assert isinstance(site.operation, AddUnique | CreateIndex)
    return site.operation
