"""The schema once an operation has run."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial, singledispatch
from typing import TypeVar

from safemigrate.schema import operations as o
from safemigrate.schema import sync
from safemigrate.schema.chosen import index_name
from safemigrate.schema.constraints import (
    constrained,
    holds,
    names_column,
    relation_names,
    renamed_in,
    without,
    without_constraint,
)
from safemigrate.schema.model import (
    Answer,
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Generation,
    NotNullConstraint,
    PrimaryKey,
    Table,
    Unique,
    unknown_column,
)
from safemigrate.schema.name import Name
from safemigrate.schema.schema import Schema

Value = TypeVar("Value")


@singledispatch
def after(op: o.Operation, schema: Schema) -> Schema:
    """The schema once *op* has run on *schema*, which is itself unchanged.

    What names a table or column that the history never made adds it as one of which little is known. Operations
    that change no table, column, constraint, index or type leave the schema as it is.
    """
    return schema


# -- tables ------------------------------------------------------------------------------------------------------


@after.register
def _(op: o.CreateTable, schema: Schema) -> Schema:
    name = _made(op.table, schema)
    if op.if_not_exists and name in schema.tables:
        return schema
    # IF NOT EXISTS makes nothing where a table stands that the history never saw
    born = -1 if op.if_not_exists and schema.exists(name).possible and not op.temporary else schema.revision
    columns = {c.name: replace(c, born=born) for c in op.columns}
    table = Table(
        name,
        columns,
        partitioned=op.partitioned,
        partition_of=op.partition_of and schema.resolve(op.partition_of),
        temporary=op.temporary,
        unlogged=op.unlogged,
        # LIKE, INHERITS, AS and OF bring columns that the statement does not list
        known=op.lists_all,
        born=born,
    )
    for constraint in op.constraints:
        table = constrained(table, constraint, schema)
    return schema.with_table(table)


@after.register
def _(op: o.DropTable, schema: Schema) -> Schema:
    gone = schema.resolve(op.table)
    schema = schema.without_table(gone)
    if not op.cascade:
        return schema
    for table, constraint in schema.referencing(gone):
        schema = _changed(schema, table, partial(without_constraint, name=constraint.name))
    return schema


@after.register
def _(op: o.RenameTable, schema: Schema) -> Schema:
    table = schema.table(op.table)
    if table is None:
        # ALTER TABLE … RENAME TO also renames indexes, views and sequences
        return _renamed_index(schema, op.table, op.new_name)
    new = Name(op.new_name, table.name.schema)
    moved = schema.without_table(table.name).with_table(replace(table, name=new))
    return _repointed(moved, table.name, new)


@after.register
def _(op: o.MoveTable, schema: Schema) -> Schema:
    table = schema.table(op.table)
    if table is None:
        return schema
    new = Name(table.name.name, op.new_schema)
    moved = schema.without_table(table.name).with_table(replace(table, name=new))
    return _repointed(moved, table.name, new)


# -- columns -----------------------------------------------------------------------------------------------------


@after.register
def _(op: o.AddColumn, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        if op.if_not_exists and op.column.name in table.columns:
            return table
        column = replace(op.column, born=schema.revision)
        table = replace(table, columns={**table.columns, column.name: column})
        for constraint in op.constraints:
            table = constrained(table, constraint, schema)
        return table

    return _changed(schema, op.table, change)


@after.register
def _(op: o.DropColumn, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        return replace(
            table,
            columns=without(table.columns, op.column),
            constraints={n: c for n, c in table.constraints.items() if not holds(c, op.column)},
            indexes={n: i for n, i in table.indexes.items() if not names_column(i, op.column)},
        )

    schema = _changed(schema, op.table, change)
    for other, key in schema.referencing(op.table):
        if op.cascade and op.column in key.referenced_columns:
            schema = _changed(schema, other, partial(without_constraint, name=key.name))
    return schema


@after.register
def _(op: o.RenameColumn, schema: Schema) -> Schema:
    def rename(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(op.new_name if c == op.column else c for c in columns)

    def change(table: Table) -> Table:
        old = table.columns.get(op.column) or unknown_column(op.column)
        columns = {op.new_name if n == op.column else n: c for n, c in table.columns.items()}
        columns[op.new_name] = replace(old, name=op.new_name)
        return replace(
            table,
            columns=columns,
            constraints={n: renamed_in(c, op.column, op.new_name) for n, c in table.constraints.items()},
            indexes={
                n: replace(i, columns=rename(i.columns), elements=rename(i.elements), include=rename(i.include))
                for n, i in table.indexes.items()
            },
        )

    schema = _changed(schema, op.table, change)
    for other, key in schema.referencing(op.table):
        if op.column in key.referenced_columns:
            moved = replace(key, referenced_columns=rename(key.referenced_columns))
            schema = _changed(schema, other, partial(constrained, constraint=moved, schema=schema))
    return schema


@after.register
def _(op: o.ChangeType, schema: Schema) -> Schema:
    return _column_changed(schema, op.table, op.column, lambda c: replace(c, type=op.type, collation=op.collation))


@after.register
def _(op: o.SetNotNull, schema: Schema) -> Schema:
    return _column_changed(schema, op.table, op.column, lambda c: replace(c, nullable=Answer.NO))


@after.register
def _(op: o.DropNotNull, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        # PostgreSQL 18 drops the constraint that said so, whatever its name
        for name, constraint in tuple(table.constraints.items()):
            if isinstance(constraint, NotNullConstraint) and constraint.column == op.column:
                table = without_constraint(table, name)
        return table

    schema = _changed(schema, op.table, change)
    return _column_changed(schema, op.table, op.column, lambda c: replace(c, nullable=Answer.YES))


@after.register
def _(op: o.SetDefault, schema: Schema) -> Schema:
    return _column_changed(schema, op.table, op.column, lambda c: replace(_unnumbered(c), default=op.default))


@after.register
def _(op: o.DropDefault, schema: Schema) -> Schema:
    return _column_changed(schema, op.table, op.column, lambda c: replace(_unnumbered(c), default=None))


@after.register
def _(op: o.AddIdentity, schema: Schema) -> Schema:
    return _column_changed(
        schema, op.table, op.column, lambda c: replace(c, generation=op.generation, generation_text=op.options)
    )


@after.register
def _(op: o.DropIdentity, schema: Schema) -> Schema:
    return _column_changed(schema, op.table, op.column, lambda c: replace(c, generation=None, generation_text=""))


# -- constraints -------------------------------------------------------------------------------------------------


@after.register
def _(op: o.AddConstraint, schema: Schema) -> Schema:
    return _changed(schema, op.table, lambda table: constrained(table, op.constraint, schema))


@after.register
def _(op: o.ValidateConstraint, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        constraint = table.constraints.get(op.name)
        if not isinstance(constraint, Check | ForeignKey | NotNullConstraint):
            return table
        return constrained(table, replace(constraint, valid=True), schema)

    return _changed(schema, op.table, change)


@after.register
def _(op: o.DropConstraint, schema: Schema) -> Schema:
    table = schema.table(op.table)
    constraint = table.constraints.get(op.name) if table else None
    if table is not None and op.cascade and isinstance(constraint, Unique | PrimaryKey):
        for other, key in schema.referencing(op.table):
            if set(key.referenced_columns or table.primary_key) == set(constraint.columns):
                schema = _changed(schema, other, partial(without_constraint, name=key.name))
    return _changed(schema, op.table, lambda table: without_constraint(table, op.name))


@after.register
def _(op: o.RenameConstraint, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        constraint = table.constraints.get(op.name)
        if constraint is None:
            return table
        table = without_constraint(table, op.name)
        return constrained(table, replace(constraint, name=op.new_name), schema)

    return _changed(schema, op.table, change)


# -- indexes and types -------------------------------------------------------------------------------------------


@after.register
def _(op: o.CreateIndex, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        name = op.index.name or index_name(table.name.name, op.index, relation_names(table, schema))
        if op.if_not_exists and name in table.indexes:
            return table
        return replace(table, indexes={**table.indexes, name: replace(op.index, name=name)})

    return _changed(schema, op.table, change)


@after.register
def _(op: o.DropIndex, schema: Schema) -> Schema:
    table = schema.index_table(op.index)
    if table is None:
        return schema
    return schema.with_table(replace(table, indexes=without(table.indexes, op.index.name)))


@after.register
def _(op: o.RenameIndex, schema: Schema) -> Schema:
    return _renamed_index(schema, op.index, op.new_name)


@after.register
def _(op: o.CreateEnum, schema: Schema) -> Schema:
    made = replace(op.type, name=_made(op.type.name, schema), born=schema.revision)
    return replace(schema, enums={**schema.enums, made.name: made})


@after.register
def _(op: o.AddEnumValue, schema: Schema) -> Schema:
    name = schema.resolve(op.type)
    enum = schema.enums.get(name)
    if enum is None or op.value in enum.labels:
        return schema
    labels = list(enum.labels)
    place = len(labels)
    if op.neighbour in labels:
        place = labels.index(op.neighbour) + (0 if op.before else 1)
    labels.insert(place, op.value)
    return replace(schema, enums={**schema.enums, name: replace(enum, labels=tuple(labels))})


@after.register
def _(op: o.RenameEnumValue, schema: Schema) -> Schema:
    name = schema.resolve(op.type)
    enum = schema.enums.get(name)
    if enum is None:
        return schema
    labels = tuple(op.new_value if label == op.value else label for label in enum.labels)
    return replace(schema, enums={**schema.enums, name: replace(enum, labels=labels)})


@after.register
def _(op: o.RenameType, schema: Schema) -> Schema:
    name = schema.resolve(op.type)
    enum = schema.enums.get(name)
    if enum is None:
        return schema
    new = Name(op.new_name, name.schema)
    return replace(schema, enums={**without(schema.enums, name), new: replace(enum, name=new)})


@after.register
def _(op: o.CreateObject, schema: Schema) -> Schema:
    if op.kind == "TRIGGER" and op.table is not None:
        return _changed(schema, op.table, lambda t: replace(t, triggers=t.triggers | {op.name.name}))
    key = (op.kind, _made(op.name, schema))
    if op.kind == "DOMAIN":
        schema = replace(schema, domains={**schema.domains, key[1]: _constrains(op.text)})
    return replace(schema, objects={**schema.objects, key: schema.revision})


@after.register
def _(op: sync.CreateSyncTrigger, schema: Schema) -> Schema:
    return _changed(schema, op.table, lambda t: replace(t, triggers=t.triggers | {op.trigger}))


@after.register(sync.CreateSyncFunction)
@after.register(sync.CreateFillFunction)
def _(op: sync.CreateSyncFunction | sync.CreateFillFunction, schema: Schema) -> Schema:
    key = ("FUNCTION", _made(op.function, schema))
    return replace(schema, objects={**schema.objects, key: schema.revision})


@after.register
def _(op: o.DropObject, schema: Schema) -> Schema:
    if op.kind == "TRIGGER" and op.table is not None:
        return _changed(schema, op.table, lambda t: replace(t, triggers=t.triggers - {op.name.name}))
    name = schema.resolve(op.name)
    enums = without(schema.enums, name) if op.kind in ("TYPE", "DOMAIN") else schema.enums
    domains = without(schema.domains, name) if op.kind == "DOMAIN" else schema.domains
    return replace(schema, enums=enums, domains=domains, objects=without(schema.objects, (op.kind, name)))


@after.register
def _(op: o.SetParameter, schema: Schema) -> Schema:
    if op.name != "search_path":
        return schema
    written = op.value.split(",") if op.value else ["public"]
    path = tuple(part.strip().strip("\"'") for part in written)
    return replace(
        schema, search_path=tuple(p for p in path if p and p not in ("$user", "pg_catalog")) or ("public",)
    )


# -- helpers -----------------------------------------------------------------------------------------------------


def _made(name: Name, schema: Schema) -> Name:
    """The full name of what a CREATE makes: in the first schema of the search path, whatever else holds the name."""
    return name if name.schema else Name(name.name, schema.search_path[0] if schema.search_path else None)


def _changed(schema: Schema, name: Name, change: Callable[[Table], Table]) -> Schema:
    table = schema.table(name) or Table(schema.resolve(name), known=False)
    return schema.with_table(change(table))


def _column_changed(schema: Schema, name: Name, column: str, change: Callable[[Column], Column]) -> Schema:
    def in_table(table: Table) -> Table:
        old = table.columns.get(column) or unknown_column(column)
        return replace(table, columns={**table.columns, column: change(old)})

    return _changed(schema, name, in_table)


def _unnumbered(column: Column) -> Column:
    """A serial is a column with a default: whoever takes or changes the default ends it."""
    return replace(column, generation=None) if column.generation is Generation.SERIAL else column


def _repointed(schema: Schema, old: Name, new: Name) -> Schema:
    """Foreign keys and partitions follow a table to its new name."""
    for other in tuple(schema.tables.values()):
        constraints = {
            n: replace(c, referenced=new) if isinstance(c, ForeignKey) and schema.resolve(c.referenced) == old else c
            for n, c in other.constraints.items()
        }
        if constraints != other.constraints:
            schema = schema.with_table(replace(other, constraints=constraints))
    return schema


def _renamed_index(schema: Schema, index: Name, new_name: str) -> Schema:
    table = schema.index_table(index)
    if table is None:
        return schema
    found = table.indexes[index.name]
    constraint = table.constraints.get(index.name)
    table = replace(table, indexes={**without(table.indexes, index.name), new_name: replace(found, name=new_name)})
    if isinstance(constraint, Unique | PrimaryKey | Exclusion):
        constraints = {**without(table.constraints, index.name), new_name: replace(constraint, name=new_name)}
        table = replace(table, constraints=constraints)
    return schema.with_table(table)


def _constrains(text: str) -> bool:
    """Whether the text of a domain gives it a constraint."""
    return re.search(r"\bCHECK\b|\bNOT\s+NULL\b", text, re.IGNORECASE) is not None
