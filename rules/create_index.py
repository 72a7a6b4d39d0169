"""create-index: see create_index.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.building import built_concurrently
from safemigrate.rulebook.objects import is_new
from safemigrate.schema import Name, Table, Work
from safemigrate.schema.leftovers import DropInvalidIndex
from safemigrate.schema.operations import CreateIndex

IN_TRANSACTION = (
    "CREATE INDEX CONCURRENTLY is refused inside a transaction, and Alembic opens one: "
    "write it in a with op.get_context().autocommit_block()."
)
ON_PARTITIONED = "CREATE INDEX CONCURRENTLY is refused on a partitioned table; its partitions take it one by one."
KEEPS_INVALID = (
    "If an earlier build failed, IF NOT EXISTS keeps the INVALID index that it left, and says nothing: "
    "drop that one first, or leave IF NOT EXISTS out."
)
CORRUPT = "PostgreSQL 14.0 to 14.3 may leave rows out of an index that is built concurrently: be on 14.4 or later."


def check(site: Site) -> Iterable[Hit]:
    """What one CREATE INDEX does to those who write meanwhile, and whether PostgreSQL takes it at all."""
    if site.postgres == 14 and getattr(site.operation, "concurrently", False):
        yield Hit(frozenset({Hazard.ADVICE}), message=CORRUPT)
    if isinstance(site.operation, CreateIndex):
        yield from _created(site, site.operation)


def _created(site: Site, op: CreateIndex) -> Iterable[Hit]:
    table = site.before.table(op.table)
    if op.if_not_exists and table and op.index.name in table.indexes:
        return
    if op.concurrently:
        yield from _concurrent(site, op, table)
    elif not _is_new(site, op.table) and site.footprint().work is not Work.INSTANT:
        yield Hit(frozenset({Hazard.BLOCKS_WRITES}))


def _is_new(site: Site, relation: Name) -> bool:
    """Whether the revision made the table or the materialized view."""
    return site.is_new(relation) or is_new(site.before, "MATERIALIZED VIEW", relation)


def _concurrent(site: Site, op: CreateIndex, table: Table | None) -> Iterable[Hit]:
    if table and table.partitioned:
        yield Hit(frozenset({Hazard.FAILS}), message=ON_PARTITIONED)
    elif site.transaction is not None:
        yield Hit(frozenset({Hazard.FAILS}), message=IN_TRANSACTION)
    if op.if_not_exists and not _is_cleared(site, op):
        yield Hit(frozenset({Hazard.ADVICE}), message=KEEPS_INVALID)


def _is_cleared(site: Site, op: CreateIndex) -> bool:
    """Whether the revision drops an INVALID one before."""
    made = op.table.beside(op.index.name)
    before = site.run.operations[: site.position]
    return any(isinstance(p.operation, DropInvalidIndex) and p.operation.index == made for p in before)


def split(site: Site) -> Split | Refusal | None:
    """The same index, built while rows are written."""
    op = site.operation
    if not isinstance(op, CreateIndex):
        # reindex knows the other form of that
        return None
    table = site.before.table(op.table)
    partitioned = table is not None and table.partitioned
    if op.concurrently and site.transaction is None and not partitioned:
        return None
    return built_concurrently(site)
