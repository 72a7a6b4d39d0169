"""move-table: see move_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site
from safemigrate.rulebook.net import begun, lacking
from safemigrate.rulebook.objects import is_known, is_table_known
from safemigrate.schema import Name
from safemigrate.schema.operations import MoveObject, MoveTable

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version does not look for it in another schema, unless the search path does."""
    op, name = _operation(site), _name(site)
    if isinstance(op, MoveTable) and not is_table_known(site, name, if_exists=op.if_exists):
        return
    if not isinstance(op, MoveTable) and not is_known(site, op.kind, name, if_exists=op.if_exists):
        return
    old, path = site.before.resolve(name), begun(site).search_path
    if old.schema in path and op.new_schema in path:
        return
    words = lacking(site, name)
    if words is None:
        yield Hit(BREAKS)
    elif words:
        yield Hit(BREAKS, message=f"The old version goes on saying {name}: {words}.")


def split(site: Site) -> Refusal | None:
    """The view that would stand in for it needs the grants of every role, which the history does not tell."""
    op, name = _operation(site), _name(site)
    if not any(check(site)):
        return None
    moved = Name(name.name, op.new_schema)
    return Refusal(
        f"{name} needs a view in its place until the old version is gone, with the grants of all its users.",
        f"Make one in the same transaction, CREATE VIEW {name} AS SELECT * FROM {moved}, "
        "and GRANT on it what the table's users have.",
    )


def _name(site: Site) -> Name:
    op = _operation(site)
    return op.table if isinstance(op, MoveTable) else op.name


def _operation(site: Site) -> MoveTable | MoveObject:
    assert isinstance(site.operation, MoveTable | MoveObject)
    return site.operation
