"""drop-index: see drop_index.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.reach import begun
from safemigrate.rulebook.replacing import is_made_again, replaced, replacement
from safemigrate.schema import Table
from safemigrate.schema.operations import DropIndex

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})


def check(site: Site) -> Iterable[Hit]:
    """A lock that stops reads and writes where a form without it exists; instant once it is there, so a warning."""
    op = _operation(site)
    table = _table(site)
    if table is not None and (site.is_new(table.name) or _is_new(site, table)):
        return
    if table is None and op.if_exists and site.before.complete:
        return
    where = f"{table.name}" if table is not None else "its table"
    if op.concurrently:
        if table is not None and table.partitioned:
            yield Hit(
                frozenset({Hazard.FAILS}),
                message=f"{where} is partitioned, and PostgreSQL refuses to drop a partitioned index CONCURRENTLY.",
            )
        return
    yield Hit(
        BLOCKS,
        certain=False,
        message=f"DROP INDEX waits for every query on {where}, and all that come later wait behind it.",
    )


def split(site: Site) -> Split | Refusal | None:
    """The same CONCURRENTLY, when no version needs the index any more."""
    op = _operation(site)
    table = _table(site)
    if op.cascade or (table is not None and table.partitioned):
        return None
    later = replacement(site.run, site.position)
    if later is not None:
        return replaced(site.run, site.position, later)
    if is_made_again(site.run, site.position):
        return None
    return Split(
        consumes=frozenset({site.position}),
        change=f"drops the index {op.index}",
        contract=((replace(op, concurrently=True),),),
        proof=f"No running version needs {op.index} for its queries.",
        deploy=f"the version whose queries do without {op.index}",
    )


def _table(site: Site) -> Table | None:
    return site.before.index_table(_operation(site).index)


def _is_new(site: Site, table: Table) -> bool:
    """Whether the revision made the index itself, so that no query of a running version uses it."""
    begin = begun(site.run, site.position).table(table.name)
    return begin is not None and begin.known and _operation(site).index.name not in begin.indexes


def _operation(site: Site) -> DropIndex:
    assert isinstance(site.operation, DropIndex)
    return site.operation
