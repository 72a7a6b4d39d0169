"""Constraints: a check stands on all that inherits, a key on the partitions, each under a name of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from safemigrate.schema import operations as o
from safemigrate.schema.after.changes import changed, family, renamed_comment
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.constraints import constrained, part_of_key, without_constraint
from safemigrate.schema.model import Check, Constraint, ForeignKey, NotNullConstraint, PrimaryKey, Table, Unique
from safemigrate.schema.name import Name
from safemigrate.schema.schema import Schema


@moved.register
def _(op: o.AddConstraint, schema: Schema) -> Schema:
    named = schema.table(op.table)
    schema = changed(schema, op.table, lambda table: constrained(table, op.constraint, schema))
    table = schema.table(op.table)
    if table is None:
        return schema
    before = named.constraints if named else {}
    made = next((c for n, c in table.constraints.items() if n not in before), op.constraint)
    for name, constraint in _below(op, made, schema):
        schema = changed(schema, name, partial(constrained, constraint=constraint, schema=schema))
    return schema


def _below(op: o.AddConstraint, made: Constraint, schema: Schema) -> tuple[tuple[Name, Constraint], ...]:
    """What partitions and children get, each with its table."""
    if op.only:
        return ()
    if isinstance(made, Check | NotNullConstraint):
        return () if made.no_inherit else tuple((name, made) for name in family(schema, op.table)[1:])
    inherited = made if isinstance(made, ForeignKey) else replace(made, name="")
    parts = ((name, schema.table(name)) for name in schema.partitions(op.table))
    # one that is there already becomes a part of the new one
    return tuple((name, inherited) for name, part in parts if part is None or not part_of_key(part, made))


@moved.register
def _(op: o.ValidateConstraint, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        constraint = table.constraints.get(op.name)
        if not isinstance(constraint, Check | ForeignKey | NotNullConstraint):
            return table
        return constrained(table, replace(constraint, valid=True), schema)

    return _everywhere(op.table, op.name, op.only, schema, change)


@moved.register
def _(op: o.DropConstraint, schema: Schema) -> Schema:
    table = schema.table(op.table)
    constraint = table.constraints.get(op.name) if table else None
    if table is not None and op.cascade and isinstance(constraint, Unique | PrimaryKey):
        for other, key in schema.referencing(op.table):
            if set(key.referenced_columns or table.primary_key) == set(constraint.columns):
                schema = changed(schema, other, partial(without_constraint, name=key.name))
    if isinstance(constraint, Unique | PrimaryKey) and not op.only:
        for name in schema.partitions(op.table):
            schema = changed(schema, name, partial(_without_like, constraint=constraint))
    return _everywhere(op.table, op.name, op.only, schema, lambda table: without_constraint(table, op.name))


def _without_like(table: Table, constraint: Unique | PrimaryKey) -> Table:
    """The partition without the key that hung on the one of its parent."""
    for name, other in table.constraints.items():
        if isinstance(other, type(constraint)) and other.columns == constraint.columns:
            return without_constraint(table, name)
    return table


@moved.register
def _(op: o.RenameConstraint, schema: Schema) -> Schema:
    table = schema.table(op.table)
    known = table.constraints.get(op.name) if table else None
    # the keys of partitions have names of their own, even where they are called the same
    only = op.only or isinstance(known, ForeignKey | Unique | PrimaryKey)

    def change(table: Table) -> Table:
        constraint = table.constraints.get(op.name)
        if constraint is None:
            return table
        columns, comments = table.columns, renamed_comment(table, "CONSTRAINT", op.name, op.new_name)
        table = without_constraint(table, op.name)
        named = constrained(table, replace(constraint, name=op.new_name), schema)
        return replace(named, columns=columns, comments=comments)

    return _everywhere(op.table, op.name, only, schema, change)


@moved.register
def _(op: o.ChangeConstraint, schema: Schema) -> Schema:
    words = op.options.upper()

    def change(table: Table) -> Table:
        constraint = table.constraints.get(op.name)
        if isinstance(constraint, Check | ForeignKey) and "ENFORCED" in words:
            enforced = "NOT ENFORCED" not in words
            constraint = replace(constraint, enforced=enforced, valid=enforced)
        elif isinstance(constraint, NotNullConstraint) and "INHERIT" in words:
            constraint = replace(constraint, no_inherit="NO INHERIT" in words)
        else:
            return table
        return replace(table, constraints={**table.constraints, op.name: constraint})

    return _everywhere(op.table, op.name, op.only, schema, change)


def _everywhere(table: Name, constraint: str, only: bool, schema: Schema, change: Callable[[Table], Table]) -> Schema:
    """The change made in the table, and in what inherits a constraint of that name from it."""
    for number, name in enumerate(family(schema, table, only=only)):
        known = schema.table(name)
        if not number or (known is not None and constraint in known.constraints):
            schema = changed(schema, name, change)
    return schema
