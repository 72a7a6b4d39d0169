"""replace-index: see replace_index.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split
from safemigrate.rulebook.replacing import replaced, replacement
from safemigrate.schema.operations import CreateIndex, DropIndex


def check(site: Site) -> Iterable[Hit]:
    """An index that goes before the one that takes its place is there."""
    op = site.operation
    assert isinstance(op, DropIndex)
    table = site.before.index_table(op.index)
    later = replacement(site.run, site.position)
    if later is None or (table is not None and site.is_new(table.name)):
        return
    if table is None and op.if_exists and _is_known(site.run.operations[later]):
        # what a build left that broke off
        return
    yield Hit(
        frozenset({Hazard.ADVICE}),
        message=f"Until what takes the place of {op.index} is built, its queries have none. Build it first.",
    )


def _is_known(created: Placed) -> bool:
    """Whether all indexes are known of the table that gets one."""
    assert isinstance(created.operation, CreateIndex)
    table = created.before.table(created.operation.table)
    return table is not None and table.known


def split(site: Site) -> Split | Refusal | None:
    """Build the new one beside the old one, and drop that in contract."""
    later = replacement(site.run, site.position)
    return None if later is None else replaced(site.run, site.position, later)
