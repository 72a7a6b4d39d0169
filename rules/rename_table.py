"""rename-table: see rename_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.net import begun, given_name, lacking, left
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
    if _is_within(site, name):
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
    if any(given_name(placed) == site.before.resolve(name) for placed in site.run.operations[site.position :]):
        return Refusal(
            f"Another table gets the name {name}, which the old version means the old one by.",
            f"Give the new table a name of its own. To partition {name}, prove by a validated CHECK that all its "
            "rows lie in one bound; then rename it, make the partitioned table of its name and columns, and ATTACH "
            "it, in one transaction.",
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


def _is_within(site: Site, name: Name) -> bool:
    """Whether a partitioned table of its name and columns holds it as a partition when the transaction ends."""
    old, end = site.before.table(name), left(site)
    whole = end.tables.get(site.before.resolve(name))
    part = end.table(name.beside(_operation(site).new_name))
    return (
        old is not None
        and old.known
        and whole is not None
        and part is not None
        and part.partition_of == whole.name
        and set(old.columns) <= set(whole.columns)
        and set(old.primary_key) == set(whole.primary_key)
    )


def _name(site: Site) -> Name:
    op = _operation(site)
    return op.table if isinstance(op, RenameTable) else op.name


def _operation(site: Site) -> RenameTable | RenameObject:
    assert isinstance(site.operation, RenameTable | RenameObject)
    return site.operation
