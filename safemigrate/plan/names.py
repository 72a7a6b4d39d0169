"""The names that an operation gives or takes away: of two operations on one name, the first stays the first."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from safemigrate.schema import Exclusion, Name, Operation, PrimaryKey, Schema, Unique
from safemigrate.schema import operations as o
from safemigrate.schema.objects import bare

#: what is called so, and its name; tables, indexes, views, sequences and types are of one kind
Called = tuple[str, Name]
_RELATION = "relation"
#: its name is one of its table's
_CONSTRAINT = "constraint"
_FUNCTIONS = frozenset({"FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"})
#: kinds whose names are their own
_OTHERS = frozenset(
    {"SCHEMA", "EXTENSION", "PUBLICATION", "SUBSCRIPTION", "STATISTICS", "COLLATION", "EVENT TRIGGER"}
)


def names(operations: Iterable[Operation], schema: Schema) -> frozenset[Called]:
    """All names that *operations* give or take away, resolved on *schema*."""
    return frozenset(
        (kind, name if kind in _OTHERS else schema.resolve(name))
        for op in operations
        for kind, name in named(op, schema)
    )


def brought_back(operations: Iterable[Operation], schema: Schema) -> frozenset[Called]:
    """The constraints that *operations* take away to give others, which are like them, their names."""
    ops = tuple(operations)
    away = names((op for op in ops if isinstance(op, o.DropConstraint)), schema)
    return away & names((op for op in ops if isinstance(op, o.RenameConstraint)), schema)


@singledispatch
def named(op: Operation, schema: Schema) -> frozenset[Called]:
    """The names that *op* gives or takes away. Columns, triggers and the like are parts of their tables."""
    return frozenset()


def _relations(*found: Name) -> frozenset[Called]:
    return frozenset((_RELATION, name) for name in found)


def _constraints(table: Name, *found: str) -> frozenset[Called]:
    return frozenset((_CONSTRAINT, table.beside(f"{table.name}.{name}")) for name in found if name)


@named.register
def _(op: o.CreateTable, schema: Schema) -> frozenset[Called]:
    keys = [c.name for c in op.constraints if isinstance(c, Unique | PrimaryKey | Exclusion) and c.name]
    return _relations(op.table, *map(op.table.beside, keys))


@named.register
def _(op: o.DropTable, schema: Schema) -> frozenset[Called]:
    known = schema.table(op.table)
    return _relations(op.table, *map(op.table.beside, (*known.indexes, *known.constraints) if known else ()))


@named.register
def _(op: o.RenameTable, schema: Schema) -> frozenset[Called]:
    return _relations(op.table, op.table.beside(op.new_name))


@named.register
def _(op: o.MoveTable, schema: Schema) -> frozenset[Called]:
    return _relations(op.table, Name(op.table.name, op.new_schema))


@named.register
def _(op: o.CreateIndex, schema: Schema) -> frozenset[Called]:
    return _relations(op.table.beside(op.index.name)) if op.index.name else frozenset()


@named.register
def _(op: o.DropIndex, schema: Schema) -> frozenset[Called]:
    return _relations(op.index)


@named.register
def _(op: o.RenameIndex, schema: Schema) -> frozenset[Called]:
    return _relations(op.index, op.index.beside(op.new_name))


@named.register(o.AddUnique)
@named.register(o.AddPrimaryKey)
@named.register(o.AddExclusion)
def _(op: o.AddConstraint, schema: Schema) -> frozenset[Called]:
    name = op.constraint.name
    return _relations(op.table.beside(name)) | _constraints(op.table, name) if name else frozenset()


@named.register(o.AddCheck)
@named.register(o.AddForeignKey)
def _(op: o.AddConstraint, schema: Schema) -> frozenset[Called]:
    return _constraints(op.table, op.constraint.name)


@named.register
def _(op: o.DropConstraint, schema: Schema) -> frozenset[Called]:
    # what the constraint was, a key with its index for one, is gone from the schema by now
    return _relations(op.table.beside(op.name)) | _constraints(op.table, op.name)


@named.register
def _(op: o.RenameConstraint, schema: Schema) -> frozenset[Called]:
    beside = op.table.beside
    return _relations(beside(op.name), beside(op.new_name)) | _constraints(op.table, op.name, op.new_name)


@named.register
def _(op: o.CreateEnum, schema: Schema) -> frozenset[Called]:
    return _relations(op.type.name)


@named.register
def _(op: o.RenameType, schema: Schema) -> frozenset[Called]:
    return _relations(op.type, op.type.beside(op.new_name))


@named.register(o.CreateObject)
@named.register(o.DropObject)
def _(op: o.CreateObject | o.DropObject, schema: Schema) -> frozenset[Called]:
    if op.kind in _FUNCTIONS:
        return _overloads(op, schema)
    # a trigger, a policy or a rule is a part of its table
    return frozenset() if op.table is not None else frozenset({(_kind(op.kind), op.name)})


@named.register
def _(op: o.RenameObject, schema: Schema) -> frozenset[Called]:
    return frozenset({(_kind(op.kind), op.name), (_kind(op.kind), op.name.beside(op.new_name))})


@named.register
def _(op: o.MoveObject, schema: Schema) -> frozenset[Called]:
    return frozenset({(_kind(op.kind), op.name), (_kind(op.kind), Name(op.name.name, op.new_schema))})


def _overloads(op: o.CreateObject | o.DropObject, schema: Schema) -> frozenset[Called]:
    """A function by its name and the types of its arguments: others of its name stand beside it.

    Where these are not known, it may be any of its name.
    """
    arguments = op.arguments if isinstance(op, o.CreateFunction | o.DropObject) else None
    known = [arguments] if arguments is not None else [f.arguments for f in schema.functions_named(op.name)]
    called = [f"function({', '.join(map(bare, types))})" for types in known]
    unknown = [] if arguments is not None and schema.complete else ["function"]
    return frozenset((kind, op.name) for kind in (*called, *unknown))


def _kind(kind: str) -> str:
    if kind in _FUNCTIONS:
        return "function"
    return kind if kind in _OTHERS else _RELATION
