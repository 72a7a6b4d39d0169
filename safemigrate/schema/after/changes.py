"""The small changes of a schema that those of operations are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from safemigrate.schema.constraints import without
from safemigrate.schema.model import Column, ForeignKey, Index, Table, unknown_column
from safemigrate.schema.name import Name
from safemigrate.schema.objects import View
from safemigrate.schema.schema import TEMPORARY, Schema
from safemigrate.schema.tables import BELOW, REFERS, Tables

Value = TypeVar("Value")


def made(name: Name, schema: Schema, *, temporary: bool = False) -> Name:
    """The full name of what a CREATE makes: in the first schema of the search path, whatever else holds the name.

    What is temporary is made in the schema of the session.
    """
    if temporary:
        return Name(name.name, TEMPORARY)
    return name if name.schema else Name(name.name, schema.search_path[0] if schema.search_path else None)


def changed(schema: Schema, name: Name, change: Callable[[Table], Table]) -> Schema:
    """The schema with the table changed; a view of that name is no table, and stays as it is."""
    table = schema.table(name)
    if table is None and schema.view(name) is not None:
        return schema
    return schema.with_table(change(table or Table(schema.resolve(name), known=False)))


def family(schema: Schema, table: Name, *, only: bool = False) -> tuple[Name, ...]:
    """The table, and what inherits its columns: partitions and children."""
    resolved = schema.resolve(table)
    if only:
        return (resolved,)
    below = (*schema.partitions(resolved), *schema.children(resolved))
    return tuple(dict.fromkeys((resolved, *below)))


def column_changed(
    schema: Schema, name: Name, column: str, change: Callable[[Column], Column], *, only: bool = False
) -> Schema:
    """The schema with the column changed in the table and in all that inherit it."""

    def in_table(table: Table) -> Table:
        old = table.columns.get(column) or unknown_column(column)
        return replace(table, columns={**table.columns, column: change(old)})

    for each in family(schema, name, only=only):
        schema = changed(schema, each, in_table)
    return schema


def renamed_key(mapping: Mapping[str, Value], old: str, new: str, value: Value) -> dict[str, Value]:
    """*mapping* with *value* under *new* in the place of *old*."""
    return {new if key == old else key: value if key == old else other for key, other in mapping.items()}


def renamed_comment(table: Table, about: str, old: str, new: str) -> dict[tuple[str, str], str]:
    """The comments of *table*, that on what is renamed under its new name."""
    return {(about, new) if key == (about, old) else key: said for key, said in table.comments.items()}


def repointed(schema: Schema, old: Name, new: Name) -> Schema:
    """Foreign keys, partitions, children, views and publications follow a table or view to its new name."""
    known = Tables.of(schema.tables)
    followers = (table.name for how in (REFERS, BELOW) for table in known.mentioning(how, old.name))
    for name in dict.fromkeys(followers):
        schema = schema.with_table(_following(schema.tables[name], schema, old, new))
    if not (schema.views or schema.publications):
        return schema
    views = {name: _view_following(view, old, new) for name, view in schema.views.items()}
    publications = {
        name: replace(publication, tables=_renamed(publication.tables, old, new))
        for name, publication in schema.publications.items()
    }
    return replace(schema, views=views, publications=publications)


def _following(table: Table, schema: Schema, old: Name, new: Name) -> Table:
    constraints = {
        n: replace(c, referenced=new) if isinstance(c, ForeignKey) and schema.resolve(c.referenced) == old else c
        for n, c in table.constraints.items()
    }
    partition_of = new if table.partition_of == old else table.partition_of
    parents = _renamed(table.parents, old, new)
    if (constraints, partition_of, parents) == (table.constraints, table.partition_of, table.parents):
        return table
    return replace(table, constraints=constraints, partition_of=partition_of, parents=parents)


def _view_following(view: View, old: Name, new: Name) -> View:
    if old not in view.tables:
        return view
    reads = tuple((new if table == old else table, column) for table, column in view.reads)
    return replace(view, tables=_renamed(view.tables, old, new), reads=reads)


def _renamed(names: tuple[Name, ...], old: Name, new: Name) -> tuple[Name, ...]:
    return tuple(new if name == old else name for name in names)


def without_views(schema: Schema, gone: tuple[View, ...]) -> Schema:
    """The schema without these views, and those that read them."""
    for view in gone:
        if view.name not in schema.views:
            continue
        readers = schema.views_on(view.name)
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        objects = without(schema.objects, (kind, view.name))
        schema = without_views(replace(schema, views=without(schema.views, view.name), objects=objects), readers)
    return schema


def same_shape(one: Index, other: Index) -> bool:
    """Whether two indexes differ in their names only, as that of a partition does from its parent's."""
    return replace(one, name="", valid=True) == replace(other, name="", valid=True)
