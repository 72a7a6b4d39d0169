"""rename-table: see rename_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.net import begun, lacking, named_here
from safemigrate.rulebook.objects import is_new
from safemigrate.schema import Answer, Name, Schema
from safemigrate.schema.operations import DropObject, RenameTable
from safemigrate.sql import read

BREAKS = frozenset({Hazard.BREAKS_OLD})
#: the first version whose views can ask for the rights, and the row policies, of those who use them
SINCE_INVOKER = 15


def check(site: Site) -> Iterator[Hit]:
    """The old version goes on saying the old name, which something else may have when the transaction ends."""
    op = _operation(site)
    table = site.before.table(op.table)
    if table is None and (site.before.index_table(op.table) is not None or _is_new_view(site.before, op.table)):
        # ALTER TABLE renames indexes, too, which no statement of an application names
        return
    if site.is_new(op.table) or (table and table.temporary) or named_here(site, op.table):
        return
    if op.if_exists and site.before.exists(op.table) is Answer.NO:
        return
    if begun(site).table(op.table.beside(op.new_name)) is not None:
        # a shadow takes the name that the running version knows
        return
    words = lacking(site, op.table)
    if words is None:
        yield Hit(BREAKS)
    elif words:
        yield Hit(BREAKS, message=f"The old version goes on saying {op.table}: {words}.")


def split(site: Site) -> Split | Refusal | None:
    """Both names side by side: the new one is the table, the old one a view of it."""
    op = _operation(site)
    if not any(check(site)):
        return None
    if lacking(site, op.table):
        return Refusal(
            f"What has the name {op.table} in the end is not what the old version means.",
            "Make a view of all its columns, and nothing else, in the same transaction.",
        )
    table = site.before.table(op.table)
    invokes = site.postgres is not None and site.postgres >= SINCE_INVOKER
    if table is not None and table.row_security and not invokes:
        return Refusal(
            f"{op.table} has row security, which a view of it passes by before PostgreSQL {SINCE_INVOKER}.",
            f"Where the server is newer, say so: postgres = {SINCE_INVOKER} in the configuration.",
        )
    new = op.table.beside(op.new_name)
    # * and not the columns that the history knows: PostgreSQL writes them out, and misses none
    options = " WITH (security_invoker = true)" if invokes else ""
    (view,) = read(f"CREATE VIEW {op.table}{options} AS SELECT * FROM {new}")
    return Split(
        consumes=frozenset({site.position}),
        change=f"renames {op.table} to {new} and leaves a view of the old name, which needs the grants of the table",
        expand=((op, view),),
        contract=((DropObject("VIEW", op.table),),),
        deploy=f"the version that uses {new} instead of {op.table}",
        proof=f"No running version names {op.table}.",
    )


def _is_new_view(schema: Schema, name: Name) -> bool:
    return any(is_new(schema, kind, name) for kind in ("VIEW", "MATERIALIZED VIEW", "SEQUENCE"))


def _operation(site: Site) -> RenameTable:
    assert isinstance(site.operation, RenameTable)
    return site.operation
