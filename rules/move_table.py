"""move-table: see move_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site
from safemigrate.rulebook.net import begun, lacking, named_here
from safemigrate.schema import Answer, Name
from safemigrate.schema.operations import MoveTable

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version does not look for it in another schema, unless the search path does."""
    op = _operation(site)
    table = site.before.table(op.table)
    if site.is_new(op.table) or (table and table.temporary) or named_here(site, op.table):
        return
    if op.if_exists and site.before.exists(op.table) is Answer.NO:
        return
    old = site.before.resolve(op.table)
    path = begun(site).search_path
    if old.schema == op.new_schema or (old.schema in path and op.new_schema in path):
        return
    words = lacking(site, op.table)
    if words is None:
        yield Hit(BREAKS)
    elif words:
        yield Hit(BREAKS, message=f"The old version goes on saying {op.table}: {words}.")


def split(site: Site) -> Refusal | None:
    """The view that would stand in for it needs the grants of every role, which the history does not tell."""
    op = _operation(site)
    if not any(check(site)):
        return None
    moved = Name(op.table.name, op.new_schema)
    return Refusal(
        f"{op.table} needs a view in its place until the old version is gone, with the grants of all its users.",
        f"Make one in the same transaction, CREATE VIEW {op.table} AS SELECT * FROM {moved}, "
        "and GRANT on it what the table's users have.",
    )


def _operation(site: Site) -> MoveTable:
    assert isinstance(site.operation, MoveTable)
    return site.operation
