"""create-index: see create_index.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema import Table
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


def check(site: Site) -> Iterable[Hit]:
    """What one CREATE INDEX does to those who write meanwhile, and whether PostgreSQL takes it at all."""
    op = _operation(site)
    table = site.before.table(op.table)
    if op.if_not_exists and table and op.index.name in table.indexes:
        return
    if op.concurrently:
        yield from _concurrent(site, op, table)
    elif not (site.is_new(op.table) or (op.only and table and table.partitioned)):
        yield Hit(frozenset({Hazard.BLOCKS_WRITES}))


def _concurrent(site: Site, op: CreateIndex, table: Table | None) -> Iterable[Hit]:
    if table and table.partitioned:
        yield Hit(frozenset({Hazard.FAILS}), message=ON_PARTITIONED)
    elif site.transaction is not None:
        yield Hit(frozenset({Hazard.FAILS}), message=IN_TRANSACTION)
    if op.if_not_exists:
        yield Hit(frozenset({Hazard.ADVICE}), message=KEEPS_INVALID)


def split(site: Site) -> Split | Refusal | None:
    """The same index, built while rows are written."""
    op = _operation(site)
    table = site.before.table(op.table)
    if table and table.partitioned:
        return Refusal(
            f"{op.table} is partitioned, and a partitioned index cannot be built concurrently.",
            f"Make it ON ONLY {op.table} first, which is instant and leaves it invalid; then one index CONCURRENTLY "
            "on each partition, and ALTER INDEX … ATTACH PARTITION. The last one attached makes it valid.",
        )
    if op.concurrently and site.transaction is None:
        return None
    index = replace(op.index, name=op.index.name or _chosen_name(site, op))
    safe = replace(op, index=index, concurrently=True, if_not_exists=False, only=False)
    return Split(
        consumes=frozenset({site.position}),
        change=f"creates the index {index.name} on {op.table}",
        expand=((safe,),),
    )


def _chosen_name(site: Site, op: CreateIndex) -> str:
    """The name PostgreSQL gives to an index without one. A named index can be looked for when a build has failed."""
    before, after = site.before.table(op.table), site.operations[0].after.table(op.table)
    known = before.indexes if before else {}
    return next((name for name in (after.indexes if after else {}) if name not in known), "")


def _operation(site: Site) -> CreateIndex:
    assert isinstance(site.operation, CreateIndex)
    return site.operation
