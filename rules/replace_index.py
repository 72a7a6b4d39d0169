"""replace-index: see replace_index.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.replacing import replaced, replacement
from safemigrate.schema.operations import DropIndex


def check(site: Site) -> Iterable[Hit]:
    """An index that goes before the one that takes its place is there."""
    op = site.operation
    assert isinstance(op, DropIndex)
    table = site.before.index_table(op.index)
    if (table is not None and site.is_new(table.name)) or replacement(site.run, site.position) is None:
        return
    yield Hit(
        frozenset({Hazard.ADVICE}),
        message=f"Until what takes the place of {op.index} is built, its queries have none. Build it first.",
    )


def split(site: Site) -> Split | Refusal | None:
    """Build the new one beside the old one, and drop that in contract."""
    later = replacement(site.run, site.position)
    return None if later is None else replaced(site.run, site.position, later)
