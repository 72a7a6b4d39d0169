"""Whether operations of one release may change places."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from functools import singledispatch
from itertools import product

from safemigrate.schema import (
    Answer,
    Check,
    Constraint,
    ForeignKey,
    Index,
    Name,
    Operation,
    Schema,
    conversion,
    renaming,
    sync,
)
from safemigrate.schema import operations as o
from safemigrate.sql import read_expression

#: a part of a table: a column, or the whole of it
Part = tuple[Name, str]
WHOLE = "*"
#: what an operation touches of which nobody knows what it touches
ANYTHING: Part = (Name("anything"), WHOLE)


class Aspect(enum.Enum):
    """What of a part an operation is about: of two operations on one part, some aspects do not see each other."""

    SHAPE = "whether it is there, its name and its type, which everything else needs"
    VALUES = "the values in the rows"
    RULE = "which values may stand in it"
    REQUIRED = "whether it may be NULL"
    DEFAULT = "its default"
    INDEX = "where its values are found"
    REMARK = "what is said of it"
    KEY = "that a foreign key can refer to these columns"
    REFERENCE = "a foreign key that refers to these columns"


#: what a later operation may do to the same part before an earlier one. Values keep rules and have no NULL where none
#: may be; two rules of one name are told by that
_APART = frozenset(
    frozenset(pair)
    for pair in (
        *product([Aspect.INDEX, Aspect.REMARK], [Aspect.VALUES, Aspect.RULE, Aspect.REQUIRED, Aspect.DEFAULT]),
        *product([Aspect.REQUIRED], [Aspect.RULE, Aspect.DEFAULT]),
        (Aspect.RULE, Aspect.DEFAULT),
        (Aspect.RULE, Aspect.RULE),
        (Aspect.INDEX, Aspect.INDEX),
        (Aspect.INDEX, Aspect.REMARK),
    )
)
_ABOUT: dict[type[Operation], Aspect] = {
    o.Update: Aspect.VALUES,
    o.AddCheck: Aspect.RULE,
    o.AddForeignKey: Aspect.RULE,
    o.AddUnique: Aspect.RULE,
    o.DropConstraint: Aspect.RULE,
    o.RenameConstraint: Aspect.RULE,
    o.ValidateConstraint: Aspect.RULE,
    o.CreateTable: Aspect.RULE,
    o.AddNotNull: Aspect.REQUIRED,
    o.SetNotNull: Aspect.REQUIRED,
    o.DropNotNull: Aspect.REQUIRED,
    o.SetDefault: Aspect.DEFAULT,
    o.DropDefault: Aspect.DEFAULT,
    o.AttachIndex: Aspect.INDEX,
    o.CreateIndex: Aspect.INDEX,
    o.DropIndex: Aspect.INDEX,
    o.Comment: Aspect.REMARK,
    o.TuneColumn: Aspect.REMARK,
}


def conflict(one: Iterable[Operation], other: Iterable[Operation], *schemas: Schema) -> Part | None:
    """A part over which both come into each other's way, None where they may change places.

    Names are resolved on each of *schemas*.
    """
    ours, theirs = _by_aspect(one, schemas), _by_aspect(other, schemas)
    found = (
        in_common(ours[mine], theirs[its])
        for mine, its in product(ours, theirs)
        if _sees(mine, its) or ANYTHING in ours[mine] | theirs[its]
    )
    return next((part for part in found if part is not None), None)


def _sees(one: Aspect, other: Aspect) -> bool:
    pair = frozenset({one, other})
    if pair & {Aspect.KEY, Aspect.REFERENCE}:
        return pair == {Aspect.KEY, Aspect.REFERENCE}
    return pair not in _APART


def _by_aspect(operations: Iterable[Operation], schemas: Iterable[Schema]) -> dict[Aspect, frozenset[Part]]:
    found: dict[Aspect, frozenset[Part]] = {}
    for op, schema in product(operations, schemas):
        for aspect, touched_parts in ((_aspect(op), parts([op], schema)), *_keys(op, schema)):
            found[aspect] = found.get(aspect, frozenset()) | touched_parts
    return found


def _keys(op: Operation, schema: Schema) -> Iterator[tuple[Aspect, frozenset[Part]]]:
    """The columns together by which *op* makes rows unique, or refers to them."""
    match op:
        case o.CreateIndex() if op.index.unique:
            yield Aspect.KEY, _together(op.table, op.index.columns, schema)
        case o.AddUnique() | o.AddPrimaryKey():
            yield Aspect.KEY, _together(op.table, op.constraint.columns, schema)
        case o.AddForeignKey():
            yield Aspect.REFERENCE, _referred([op.constraint], schema)
        case o.CreateTable() | o.AddColumn():
            yield Aspect.REFERENCE, _referred(op.constraints, schema)


def _together(table: Name, columns: Iterable[str], schema: Schema) -> frozenset[Part]:
    return frozenset({(schema.resolve(table), ", ".join(sorted(columns)))})


def _referred(constraints: Iterable[Constraint], schema: Schema) -> frozenset[Part]:
    found: frozenset[Part] = frozenset()
    for constraint in constraints:
        if isinstance(constraint, ForeignKey):
            target = schema.table(constraint.referenced)
            columns = constraint.referenced_columns or (target.primary_key if target else ())
            found |= _together(constraint.referenced, columns, schema)
    return found


def _aspect(op: Operation) -> Aspect:
    """What *op* is about: of what is not known in detail, everything."""
    if isinstance(op, o.CreateIndex) and op.index.unique:
        return Aspect.RULE
    return _ABOUT.get(type(op), Aspect.SHAPE)


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
    """The parts of tables that *op* reads or changes. What names no column touches the whole table."""
    table, column = getattr(op, "table", None), getattr(op, "column", WHOLE)
    return (
        frozenset({(table, column if isinstance(column, str) else WHOLE)}) if isinstance(table, Name) else frozenset()
    )


@touched.register(o.Unreadable)
@touched.register(o.MoveObject)
@touched.register(o.RefreshView)
@touched.register(o.Cluster)
@touched.register(o.Vacuum)
@touched.register(o.Analyze)
@touched.register(o.Reindex)
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
def _(op: o.AttachIndex, schema: Schema) -> frozenset[Part]:
    table = schema.index_table(op.index)
    return frozenset({ANYTHING} if table is None else {(table.name, WHOLE)})


@touched.register
def _(op: o.RenameObject, schema: Schema) -> frozenset[Part]:
    # whoever uses a sequence keeps it under its new name
    return frozenset() if op.kind == "SEQUENCE" else frozenset({ANYTHING})


@touched.register
def _(op: o.CreateView, schema: Schema) -> frozenset[Part]:
    known = all(schema.exists(table) is Answer.YES for table in op.tables)
    return frozenset((table, WHOLE) for table in op.tables) if op.tables and known else frozenset({ANYTHING})


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
    if isinstance(constraint, ForeignKey):
        own = frozenset((op.table, column) for column in constraint.columns)
        return own | _referenced([constraint], schema)
    # the checks that a split makes for itself stand and fall with their columns, which its other steps touch
    return frozenset() if constraint is None and known is not None and known.known else frozenset({(op.table, WHOLE)})


@touched.register
def _(op: o.CreateIndex, schema: Schema) -> frozenset[Part]:
    return frozenset((op.table, column) for column in _indexed(op.index))


@touched.register
def _(op: o.DropIndex, schema: Schema) -> frozenset[Part]:
    table = schema.index_table(op.index)
    if table is None:
        return frozenset()
    return frozenset((table.name, column) for column in _indexed(table.indexes[op.index.name]))


def _indexed(index: Index) -> frozenset[str]:
    """The columns that it names."""
    written = [read_expression(element) for element in index.elements if element not in index.columns]
    named = (expression.columns for expression in [*written, *([index.where] if index.where else [])])
    return frozenset({*index.columns, *index.include}).union(*named)


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
