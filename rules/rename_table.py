"""rename-table: see rename_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.net import begun, lacking
from safemigrate.rulebook.objects import is_known, is_table_known
from safemigrate.schema import Name
from safemigrate.schema.operations import DropObject, RenameObject, RenameTable
from safemigrate.sql import read

BREAKS = frozenset({Hazard.BREAKS_OLD})
#: the first version whose views can ask for the rights, and the row policies, of those who use them
SINCE_INVOKER = 15


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
    table = site.before.table(name)
    invokes = site.postgres is not None and site.postgres >= SINCE_INVOKER
    if table is not None and table.row_security and not invokes:
        return Refusal(
            f"{name} has row security, which a view of it passes by before PostgreSQL {SINCE_INVOKER}.",
            f"Where the server is newer, say so: postgres = {SINCE_INVOKER} in the configuration.",
        )
    new = name.beside(op.new_name)
    # * and not the columns that the history knows: PostgreSQL writes them out, and misses none
    options = " WITH (security_invoker = true)" if invokes else ""
    (view,) = read(f"CREATE VIEW {name}{options} AS SELECT * FROM {new}")
    return Split(
        consumes=frozenset({site.position}),
        change=f"renames {name} to {new} and leaves a view of the old name, which needs the grants of the table",
        expand=((op, view),),
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
