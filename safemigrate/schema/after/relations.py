"""Indexes, and the names that tables, views, sequences and indexes share."""

from __future__ import annotations

from dataclasses import replace

from safemigrate.schema import operations as o
from safemigrate.schema.after.changes import changed, family, renamed_comment, renamed_key, repointed, same_shape
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.chosen import NUMBERED, index_name, sequence_of
from safemigrate.schema.constraints import part_of_index, relation_names, without
from safemigrate.schema.model import Exclusion, Index, PrimaryKey, Table, Unique
from safemigrate.schema.name import Name
from safemigrate.schema.schema import Schema


@moved.register
def _(op: o.CreateIndex, schema: Schema) -> Schema:
    view = schema.view(op.table)
    if view is not None:
        taken = {**view.indexes, op.index.name: op.index}
        return replace(schema, views={**schema.views, view.name: replace(view, indexes=taken)})
    for number, name in enumerate(family(schema, op.table, only=op.only)):
        if number and name not in schema.partitions(op.table):
            # children by INHERITS have indexes of their own
            continue
        part = schema.table(name)
        if number and part is not None and part_of_index(part, op.index) is not None:
            # one that is there already becomes a part of the new one
            continue
        schema = _indexed(schema, name, op if not number else replace(op, index=replace(op.index, name="")))
    return schema


def _indexed(schema: Schema, table: Name, op: o.CreateIndex) -> Schema:
    def change(table: Table) -> Table:
        name = op.index.name or index_name(table.name.name, op.index, relation_names(table, schema))
        if op.if_not_exists and name in table.indexes:
            return table
        return replace(table, indexes={**table.indexes, name: replace(op.index, name=name)})

    return changed(schema, table, change)


@moved.register
def _(op: o.DropIndex, schema: Schema) -> Schema:
    table = schema.index_table(op.index)
    if table is None:
        return _without_view_index(schema, op.index)
    gone = table.indexes[op.index.name]
    comments = without(table.comments, ("INDEX", op.index.name))
    schema = schema.with_table(replace(table, indexes=without(table.indexes, op.index.name), comments=comments))
    for name in schema.partitions(table.name):
        schema = changed(schema, name, lambda partition: _without_like(partition, gone))
    return schema


def _without_like(partition: Table, gone: Index) -> Table:
    """The partition without the index that hung on the one of its parent."""
    found = (n for n, i in partition.indexes.items() if same_shape(i, gone) and n not in partition.constraints)
    name = next(found, None)
    return partition if name is None else replace(partition, indexes=without(partition.indexes, name))


def _without_view_index(schema: Schema, index: Name) -> Schema:
    views = {
        name: replace(view, indexes=without(view.indexes, index.name)) if index.name in view.indexes else view
        for name, view in schema.views.items()
    }
    return replace(schema, views=views)


@moved.register
def _(op: o.RenameIndex, schema: Schema) -> Schema:
    return renamed_relation(schema, op.index, op.new_name)


def renamed_relation(schema: Schema, name: Name, new_name: str, new_schema: str | None = None) -> Schema:
    """The schema with the index, view or sequence under its new name."""
    resolved = schema.resolve(name)
    new = Name(new_name, new_schema or resolved.schema)
    if resolved in schema.views:
        return renamed_view(schema, resolved, new)
    if ("SEQUENCE", resolved) in schema.objects:
        return renamed_object(schema, "SEQUENCE", resolved, new)
    return _renamed_index(schema, name, new_name)


def renamed_view(schema: Schema, old: Name, new: Name) -> Schema:
    """The schema with the view under its new name, which other views follow."""
    view = schema.views[old]
    kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
    views = {**without(schema.views, old), new: replace(view, name=new)}
    return repointed(renamed_object(replace(schema, views=views), kind, old, new), old, new)


def renamed_object(schema: Schema, kind: str, old: Name, new: Name) -> Schema:
    """The schema with what it knows by kind and name under a new name."""
    if kind == "SEQUENCE":
        schema = _numbered_by(schema, old, new)
    if (kind, old) not in schema.objects:
        return schema
    objects = {(k, new if (k, n) == (kind, old) else n): born for (k, n), born in schema.objects.items()}
    return replace(schema, objects=objects)


def _numbered_by(schema: Schema, old: Name, new: Name) -> Schema:
    """The schema in which the serial or identity that *old* numbered is numbered by *new*."""
    for table in tuple(schema.tables.values()):
        for column in table.columns.values():
            if column.generation in NUMBERED and sequence_of(table.name, column) == old:
                columns = {**table.columns, column.name: replace(column, sequence=new.name)}
                schema = schema.with_table(replace(table, columns=columns))
    return schema


def _renamed_index(schema: Schema, index: Name, new_name: str) -> Schema:
    table = schema.index_table(index)
    if table is None:
        return schema
    old = index.name
    table = replace(
        table,
        indexes=renamed_key(table.indexes, old, new_name, replace(table.indexes[old], name=new_name)),
        comments=renamed_comment(table, "INDEX", old, new_name),
    )
    constraint = table.constraints.get(old)
    if isinstance(constraint, Unique | PrimaryKey | Exclusion):
        named = replace(constraint, name=new_name)
        table = replace(table, constraints=renamed_key(table.constraints, old, new_name, named))
    if table.replica_identity == f"INDEX {old}":
        table = replace(table, replica_identity=f"INDEX {new_name}")
    return schema.with_table(table)
