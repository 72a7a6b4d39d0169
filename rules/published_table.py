"""published-table: see published_table.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.publishing import publication_of
from safemigrate.schema import Column, Type
from safemigrate.schema.name import says
from safemigrate.schema.objects import Publication
from safemigrate.schema.operations import (
    AddColumn,
    ChangeType,
    CreateTable,
    DropColumn,
    MoveTable,
    RenameColumn,
    RenameTable,
)

FIRST = "do the same on the subscribers first"
LAST = "do the same on the subscribers, after they have taken what was sent before"
TOGETHER = "a subscriber knows tables and columns by their names, so it stops until it has the same"
_WORDS = {
    AddColumn: f"sends a column that subscribers lack: {FIRST}",
    ChangeType: f"may send values that subscribers cannot hold: {FIRST}",
    CreateTable: f"sends a table that subscribers lack: {FIRST}, and refresh the subscription",
    DropColumn: f"no longer sends the column: {LAST}",
    MoveTable: f"sends another name: {TOGETHER}",
    RenameColumn: f"sends another name: {TOGETHER}",
    RenameTable: f"sends another name: {TOGETHER}",
}
_OnColumn = AddColumn | ChangeType | DropColumn | RenameColumn
_TEXTS = ("text", "character varying")


def check(site: Site) -> Iterable[Hit]:
    """A change that subscribers of a table have to follow, since replication sends rows and no DDL."""
    op, before = site.operation, site.before
    assert isinstance(op, AddColumn | ChangeType | CreateTable | DropColumn | MoveTable | RenameColumn | RenameTable)
    if isinstance(op, CreateTable):
        there = op.if_not_exists and before.table(op.table) is not None
        publication = None if op.temporary or there else publication_of(site.operations[0].after, op.table)
    else:
        publication = None if site.is_new(op.table) else publication_of(before, op.table)
    if publication is not None and isinstance(op, _OnColumn) and not _lists(publication, site, op):
        return
    if publication is None or (isinstance(op, ChangeType) and _alike(before.column(op.table, op.column), op.type)):
        return
    yield Hit(
        frozenset({Hazard.BREAKS_REPLICATION}),
        message=f"{op.table} is published by {publication.name}, which {_WORDS[type(op)]}.",
    )


def _lists(publication: Publication, site: Site, op: _OnColumn) -> bool:
    """Whether the column is among those that are sent: a list of columns leaves all others out."""
    part = publication.parts.get(site.before.resolve(op.table), "")
    column = op.column.name if isinstance(op, AddColumn) else op.column
    return not part.startswith("(") or says(part.partition(")")[0], column)


def _alike(column: Column, new: Type) -> bool:
    """Whether the two types hold the same values, length aside."""
    old = column.type
    return old is not None and (old.name == new.name or (old.name in _TEXTS and new.name in _TEXTS))
