"""What a revision and a transaction amount to: a name that is taken away and given again is not gone."""

from __future__ import annotations

from safemigrate.rulebook.site import Placed, Site
from safemigrate.schema import Answer, Name, Schema
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    CreateTable,
    CreateView,
    DropColumn,
    DropTable,
    MoveTable,
    RenameColumn,
    RenameTable,
)


def begun(site: Site) -> Schema:
    """The schema that the running version knows: as the revision finds it."""
    return site.run.operations[0].before


def left(site: Site) -> Schema:
    """The schema that others see once the transaction of the first operation has committed."""
    return site.in_transaction[-1].after


def column_goes(site: Site, table: Name, column: str) -> bool:
    """Whether the column is dropped by the end of the transaction, as far as the history knows it or says so."""
    last_table, last_name = column_in_the_end(site, table, column)
    return left(site).has_column(last_table, last_name) is Answer.NO or any(
        isinstance(op := placed.operation, DropColumn)
        and op.column == last_name
        and placed.before.resolve(op.table) in (site.before.resolve(table), last_table)
        for placed in site.in_transaction
    )


def name_in_the_end(site: Site, table: Name) -> Name:
    """The name that the table has when the transaction ends: its own, if nothing renames or moves it."""
    return column_in_the_end(site, table, "")[0]


def column_in_the_end(site: Site, table: Name, column: str) -> tuple[Name, str]:
    """The names that the table and the column have when the transaction ends."""
    table = site.before.resolve(table)
    start = site.in_transaction.index(site.operations[0])
    for placed in site.in_transaction[start:]:
        op = placed.operation
        if isinstance(op, RenameTable | MoveTable) and placed.before.resolve(op.table) == table:
            table = given_name(placed) or table
        elif isinstance(op, RenameColumn) and op.column == column and placed.before.resolve(op.table) == table:
            column = op.new_name
    return table, column


def named_here(site: Site, table: Name) -> bool:
    """Whether the revision itself gave the table its name, so that no running version knows it by that name."""
    resolved = site.before.resolve(table)
    return any(given_name(placed) == resolved for placed in site.run.operations[: site.position])


def given_name(placed: Placed) -> Name | None:
    """The name that a table has from this operation on, None for operations that give none."""
    op, before = placed.operation, placed.before
    match op:
        case CreateTable() if not op.temporary:
            return placed.after.resolve(op.table)
        case RenameTable():
            return Name(op.new_name, before.resolve(op.table).schema)
        case MoveTable():
            return Name(op.table.name, op.new_schema)
        case _:
            return None


def successor(site: Site) -> Placed | None:
    """What gives the name of the table that the first operation drops to another table, later in the revision."""
    op = site.operation
    if not isinstance(op, DropTable):
        return None
    resolved = site.before.resolve(op.table)
    later = site.run.operations[site.position + 1 :]
    return next((placed for placed in later if given_name(placed) == resolved), None)


def lacking(site: Site, relation: Name) -> str | None:
    """What the old version would miss in that which has the name of a table or view when the transaction ends.

    Empty where it would miss nothing, None where nothing has the name.
    """
    old, end = site.before.table(relation), left(site)
    name = site.before.resolve(relation)
    viewed = site.before.view(relation)
    columns = tuple(old.columns) if old else viewed.columns if viewed else ()
    successor = end.tables.get(name)
    if successor is not None and successor.born != end.revision:
        return _missing(columns, frozenset(successor.columns) if successor.known else None)
    views = [p.operation for p in site.in_transaction if isinstance(p.operation, CreateView)]
    view = next((v for v in views if end.resolve(v.name) == name), None)
    if view is None:
        return None
    if not view.simple and (viewed is None or viewed.simple):
        return "the view of that name cannot be written to"
    return _missing(columns, None if view.star else frozenset(view.columns))


def _missing(old: tuple[str, ...], columns: frozenset[str] | None) -> str:
    """The columns of *old* that are not among *columns*, of which None means all."""
    gone = [quoted(column) for column in old if columns is not None and column not in columns]
    return f"what has that name now has no {' and no '.join(gone)}" if gone else ""
