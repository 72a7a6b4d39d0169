"""move-table: see move_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.net import begun, lacking
from safemigrate.rulebook.objects import is_known, is_table_known
from safemigrate.rulebook.standing_in import view_in_place
from safemigrate.schema import Name
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropObject, MoveObject, MoveTable

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


def split(site: Site) -> Split | Refusal | None:
    """A view where the table was, until nobody looks for it there."""
    op, name = _operation(site), _name(site)
    if not any(check(site)):
        return None
    if lacking(site, name):
        return Refusal(
            f"What has the name {name} in the end is not what the old version means.",
            "Make a view of all its columns, and nothing else, in the same transaction.",
        )
    # without its schema the name would mean the table, where its new schema is on the search path
    place = site.before.resolve(name)
    moved = Name(name.name, op.new_schema)
    view = view_in_place(site, name if place.schema == "public" else place, moved)
    if isinstance(view, Refusal):
        return view
    return Split(
        consumes=frozenset({site.position}),
        change=f"moves {name} to the schema {quoted(op.new_schema)} and leaves a view in its place",
        expand=((op, *view),),
        contract=((DropObject("VIEW", name if place.schema == "public" else place),),),
        deploy=f"the version that uses {moved} instead of {name}",
        proof=f"No running version looks for {name.name} where it was.",
    )


def _name(site: Site) -> Name:
    op = _operation(site)
    return op.table if isinstance(op, MoveTable) else op.name


def _operation(site: Site) -> MoveTable | MoveObject:
    assert isinstance(site.operation, MoveTable | MoveObject)
    return site.operation
