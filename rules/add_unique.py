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
from safemigrate.rulebook.reach import index_of, unique_refuses
from safemigrate.schema import Work
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
    if builds:
        words.append(f"The index is built under a lock that stops reads and writes of {op.table}.")
    if refuses:
        words.append(f"From now on a duplicate that the old version writes to {op.table} is refused.")
    if words:
        yield Hit((BLOCKS if builds else frozenset()) | (BREAKS if refuses else frozenset()), message=" ".join(words))


def split(site: Site) -> Split | Refusal | None:
    """The index CONCURRENTLY, the constraint on top of it; in contract where the old version may write duplicates."""
    op = _operation(site)
    if isinstance(op, CreateIndex):
        return built_concurrently(site)
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


def _operation(site: Site) -> AddUnique | CreateIndex:
    assert isinstance(site.operation, AddUnique | CreateIndex)
    return site.operation
