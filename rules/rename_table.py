"""rename-table: see rename_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.net import begun, lacking
from safemigrate.rulebook.objects import is_known, is_table_known
from safemigrate.rulebook.standing_in import view_in_place
from safemigrate.schema import Name
from safemigrate.schema.operations import DropObject, RenameObject, RenameTable

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version goes on saying the old name, which something else may have when the transaction ends."""
    op, name = _operation(site), _name(site)
    if isinstance(op, RenameTable) and not is_table_known(site, name, if_exists=op.if_exists):
        return
    if not isinstance(op, RenameTable) and not is_known(site, op.kind, name, if_exists=op.if_exists):
        return
    if begun(site).table(name.beside(op.new_name)) is not None:
        # a shadow takes the name that the running version knows
        return
    words = lacking(site, name)
    if words is None:
        yield Hit(BREAKS)
    elif words:
        yield Hit(BREAKS, message=f"The old version goes on saying {name}: {words}.")


def split(site: Site) -> Split | Refusal | None:
    """Both names side by side: the new one is the table, the old one a view of it."""
    op, name = _operation(site), _name(site)
    if not any(check(site)):
        return None
    if lacking(site, name):
        return Refusal(
            f"What has the name {name} in the end is not what the old version means.",
            "Make a view of all its columns, and nothing else, in the same transaction.",
        )
    new = name.beside(op.new_name)
    view = view_in_place(site, name, new)
    if isinstance(view, Refusal):
        return view
    return Split(
        consumes=frozenset({site.position}),
        change=f"renames {name} to {new} and leaves a view of the old name",
        expand=((op, *view),),
        contract=((DropObject("VIEW", name),),),
        deploy=f"the version that uses {new} instead of {name}",
        proof=f"No running version names {name}.",
    )


def _name(site: Site) -> Name:
    op = _operation(site)
    return op.table if isinstance(op, RenameTable) else op.name


def _operation(site: Site) -> RenameTable | RenameObject:
    assert isinstance(site.operation, RenameTable | RenameObject)
    return site.operation
