"""Whether operations of one release may change places."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from safemigrate.schema import Check, Constraint, ForeignKey, Name, Operation, Schema, conversion, renaming, sync
from safemigrate.schema import operations as o

#: a part of a table: a column, or the whole of it
Part = tuple[Name, str]
WHOLE = "*"
#: what an operation touches of which nobody knows what it touches
ANYTHING: Part = (Name("anything"), WHOLE)


def in_common(one: Iterable[Part], other: Iterable[Part]) -> Part | None:
    """A part that both touch, None where they touch different things and so may change places."""
    ours, others = frozenset(one), frozenset(other)
    if ours and others and ANYTHING in ours | others:
        return ANYTHING
    tables = {table for table, _ in others}
    for table, column in sorted(ours, key=str):
        if table not in tables:
            continue
        if column == WHOLE or (table, WHOLE) in others or (table, column) in others:
            return (table, column)
    return None


def parts(operations: Iterable[Operation], schema: Schema) -> frozenset[Part]:
    """Everything that *operations* touch, names resolved on *schema*."""
    found = (part for op in operations for part in touched(op, schema))
    return frozenset(part if part == ANYTHING else (schema.resolve(part[0]), part[1]) for part in found)


@singledispatch
def touched(op: Operation, schema: Schema) -> frozenset[Part]:
    """The parts of tables that *op* reads or changes. What is not known in detail touches the whole table."""
    table = getattr(op, "table", None)
    return frozenset({(table, WHOLE)}) if isinstance(table, Name) else frozenset()


@touched.register(o.Unreadable)
@touched.register(o.RenameObject)
@touched.register(o.MoveObject)
@touched.register(o.RefreshView)
@touched.register(o.Cluster)
@touched.register(o.Vacuum)
@touched.register(o.Analyze)
@touched.register(o.Reindex)
@touched.register(o.AttachIndex)
@touched.register(o.ServerCommand)
def _(op: Operation, schema: Schema) -> frozenset[Part]:
    return frozenset({ANYTHING})


@touched.register(o.AttachPartition)
@touched.register(o.DetachPartition)
def _(op: o.AttachPartition | o.DetachPartition, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, WHOLE), (op.partition, WHOLE)})


@touched.register
def _(op: o.SetInheritance, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, WHOLE), (op.parent, WHOLE)})


@touched.register
def _(op: o.Merge, schema: Schema) -> frozenset[Part]:
    return frozenset((table, WHOLE) for table in (op.table, *op.sources))


@touched.register
def _(op: o.CreateObject, schema: Schema) -> frozenset[Part]:
    if op.kind in ("VIEW", "MATERIALIZED VIEW"):
        return frozenset({ANYTHING})
    return frozenset({(op.table, WHOLE)}) if op.table else frozenset()


@touched.register
def _(op: o.CreateTable, schema: Schema) -> frozenset[Part]:
    # CREATE TABLE AS and LIKE read other tables
    read = frozenset() if op.lists_all else frozenset({ANYTHING})
    return frozenset({(op.table, WHOLE)}) | read | _referenced(op.constraints, schema)


def _referenced(constraints: Iterable[Constraint], schema: Schema) -> frozenset[Part]:
    """The keys of other tables that foreign keys need."""
    found: set[Part] = set()
    for constraint in constraints:
        if isinstance(constraint, ForeignKey):
            target = schema.table(constraint.referenced)
            columns = constraint.referenced_columns or (target.primary_key if target else ()) or (WHOLE,)
            found |= {(constraint.referenced, column) for column in columns}
    return frozenset(found)


@touched.register(o.DropColumn)
@touched.register(o.SetNotNull)
@touched.register(o.DropNotNull)
@touched.register(o.SetDefault)
@touched.register(o.DropDefault)
@touched.register(o.ChangeType)
@touched.register(sync.CreateSyncTrigger)
@touched.register(sync.CreateFillFunction)
def _(op: o.DropColumn, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, op.column)})


@touched.register
def _(op: o.AddColumn, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, op.column.name)}) | _referenced(op.constraints, schema)


@touched.register(o.AddUnique)
@touched.register(o.AddPrimaryKey)
@touched.register(o.AddForeignKey)
def _(op: o.AddUnique | o.AddPrimaryKey | o.AddForeignKey, schema: Schema) -> frozenset[Part]:
    own = frozenset((op.table, column) for column in op.constraint.columns) or frozenset({(op.table, WHOLE)})
    return own | _referenced([op.constraint], schema)


@touched.register
def _(op: o.RenameColumn, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, op.column), (op.table, op.new_name)})


@touched.register(conversion.CreateConversionFunction)
@touched.register(conversion.CreateConversionTrigger)
def _(op: conversion.CreateConversionTrigger, schema: Schema) -> frozenset[Part]:
    return frozenset((op.table, column) for column in (*op.old, *op.new))


@touched.register(renaming.EndRename)
@touched.register(renaming.UndoRename)
@touched.register
def _(op: sync.CreateSyncFunction, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, op.old), (op.table, op.new)})


@touched.register
def _(op: o.TuneColumn, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, op.column)}) if op.table is not None and op.column else frozenset()


@touched.register
def _(op: o.Comment, schema: Schema) -> frozenset[Part]:
    return frozenset({(op.table, op.name.name)}) if op.about == "COLUMN" and op.table is not None else frozenset()


@touched.register
def _(op: o.AddCheck, schema: Schema) -> frozenset[Part]:
    return frozenset((op.table, column) for column in op.constraint.expression.columns) or frozenset(
        {(op.table, WHOLE)}
    )


@touched.register(o.ValidateConstraint)
@touched.register(o.DropConstraint)
@touched.register(o.RenameConstraint)
def _(op: o.DropConstraint, schema: Schema) -> frozenset[Part]:
    known = schema.table(op.table)
    constraint = known.constraints.get(op.name) if known else None
    if isinstance(constraint, Check) and constraint.expression.columns:
        return frozenset((op.table, column) for column in constraint.expression.columns)
    # the checks that a split makes for itself stand and fall with their columns, which its other steps touch
    return frozenset() if constraint is None and known is not None and known.known else frozenset({(op.table, WHOLE)})


@touched.register
def _(op: o.CreateIndex, schema: Schema) -> frozenset[Part]:
    if op.index.columns != op.index.elements or op.index.where is not None:
        return frozenset({(op.table, WHOLE)})
    return frozenset((op.table, column) for column in (*op.index.columns, *op.index.include))


@touched.register
def _(op: o.DropIndex, schema: Schema) -> frozenset[Part]:
    table = schema.index_table(op.index)
    if table is None:
        return frozenset()
    return frozenset((table.name, column) for column in table.indexes[op.index.name].columns)


@touched.register
def _(op: o.Update, schema: Schema) -> frozenset[Part]:
    if op.text:
        return frozenset({(op.table, WHOLE)})
    expressions = [expression for _, expression in op.assignments] + ([op.where] if op.where else [])
    columns = {column for column, _ in op.assignments}.union(*(e.columns for e in expressions))
    return frozenset((op.table, column) for column in columns)


@touched.register
def _(op: o.DropObject, schema: Schema) -> frozenset[Part]:
    # a trigger or function of ours goes with the columns that the other steps of its split touch
    if op.name.name.startswith("safemigrate_") or sync.is_sync_trigger(op.name.name):
        return frozenset()
    return frozenset({(op.table, WHOLE)}) if op.table else frozenset()


@touched.register
def _(op: o.Query, schema: Schema) -> frozenset[Part]:
    return frozenset((table, WHOLE) for table in op.tables)
