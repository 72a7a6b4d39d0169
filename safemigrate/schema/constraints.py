"""The constraints and indexes of a table: what making, dropping and renaming them does to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from safemigrate.schema.chosen import Taken, constraint_name
from safemigrate.schema.model import (
    Answer,
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    Index,
    NotNullConstraint,
    PrimaryKey,
    Table,
    Unique,
    unknown_column,
)
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.schema import Schema
from safemigrate.schema.tables import HOLDS, Tables

Value = TypeVar("Value")
Key = TypeVar("Key")
Kind = TypeVar("Kind", bound=Constraint)


def without(mapping: Mapping[Key, Value], key: Key) -> dict[Key, Value]:
    """*mapping* but for *key*."""
    return {k: v for k, v in mapping.items() if k != key}


def constrained(table: Table, constraint: Constraint, schema: Schema) -> Table:
    """The table with the constraint, the index that serves it, and the NOT NULL that it brings."""
    indexed = isinstance(constraint, Unique | PrimaryKey | Exclusion)
    taken = relation_names(table, schema) if indexed else constraint_names(table, schema)
    name = constraint.name or constraint_name(table.name.name, constraint, taken)
    constraint = replace(constraint, name=name)
    columns, indexes = dict(table.columns), dict(table.indexes)
    if isinstance(constraint, Unique | PrimaryKey):
        if constraint.index is not None and constraint.index in indexes:
            made_from = indexes.pop(constraint.index)
            # from now on nothing tells it from one that built its index itself
            constraint = replace(constraint, columns=made_from.columns, include=made_from.include, index=None)
            if isinstance(constraint, Unique):
                constraint = replace(constraint, nulls_distinct=made_from.nulls_distinct)
        elements = tuple(map(quoted, constraint.columns))
        indexes[name] = Index(name, elements, constraint.columns, unique=True, include=constraint.include)
    if isinstance(constraint, Exclusion):
        indexes[name] = Index(name, (constraint.text,), method="gist")
    if isinstance(constraint, PrimaryKey):
        for column in constraint.columns:
            columns[column] = replace(columns.get(column) or unknown_column(column), nullable=Answer.NO)
    if isinstance(constraint, NotNullConstraint) and constraint.valid:
        column = constraint.column
        columns[column] = replace(columns.get(column) or unknown_column(column), nullable=Answer.NO)
    return replace(table, columns=columns, indexes=indexes, constraints={**table.constraints, name: constraint})


def without_constraint(table: Table, name: str) -> Table:
    constraint = table.constraints.get(name)
    comments = {key: said for key, said in table.comments.items() if key != ("CONSTRAINT", name)}
    table = replace(table, constraints=without(table.constraints, name), comments=comments)
    if isinstance(constraint, Unique | PrimaryKey | Exclusion):
        table = replace(table, indexes=without(table.indexes, name))
    if isinstance(constraint, NotNullConstraint):
        column = table.columns.get(constraint.column) or unknown_column(constraint.column)
        table = replace(table, columns={**table.columns, column.name: replace(column, nullable=Answer.YES)})
    return table


def part_of_key(partition: Table, key: Kind) -> Kind | None:
    """The key of *partition* that is, or would become, its part of *key* of the table above; None where none is."""
    alike = (found for found in partition.constraints.values() if _is_part(found, key))
    return next((found for found in alike if isinstance(found, type(key))), None)


def part_of_index(partition: Table, index: Index) -> Index | None:
    """The index of *partition* that is, or would become, its part of *index*, and serves no constraint."""
    plain = (i for i in partition.indexes.values() if i.name not in partition.constraints)
    return next((i for i in plain if i.valid and alike(i) == alike(index)), None)


def alike(index: Index) -> tuple[object, ...]:
    """What two indexes have in common where one can serve as the other's part."""
    where = index.where.text if index.where else ""
    return index.elements, index.include, index.unique, index.method, where, index.nulls_distinct


def _is_part(found: Constraint, key: Constraint) -> bool:
    """Whether the two say the same, whatever their names and how they were made. What is not proved is no part."""
    match found, key:
        case (Unique() | PrimaryKey(), Unique() | PrimaryKey()):
            return replace(found, name="", storage="", index=None) == replace(key, name="", storage="", index=None)
        case (ForeignKey(), ForeignKey()):
            return found.valid >= key.valid and replace(found, name="", valid=True) == replace(
                key, name="", valid=True
            )
        case _:
            return False


def _columns_of(constraint: Constraint) -> frozenset[str]:
    match constraint:
        case Check():
            return constraint.expression.columns
        case NotNullConstraint():
            return frozenset({constraint.column})
        case Unique() | PrimaryKey():
            return frozenset((*constraint.columns, *constraint.include))
        case ForeignKey():
            return frozenset(constraint.columns)
        case _:
            return frozenset()


def renamed_in(constraint: Constraint, old: str, new: str) -> Constraint:
    def rename(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if c == old else c for c in columns)

    match constraint:
        case Unique() | PrimaryKey():
            return replace(constraint, columns=rename(constraint.columns), include=rename(constraint.include))
        case ForeignKey():
            return replace(constraint, columns=rename(constraint.columns))
        case NotNullConstraint() if constraint.column == old:
            return replace(constraint, column=new)
        case Check():
            expression = constraint.expression
            swap = {old: new}
            return replace(
                constraint,
                expression=replace(
                    expression,
                    columns=frozenset(swap.get(c, c) for c in expression.columns),
                    not_null=frozenset(swap.get(c, c) for c in expression.not_null),
                ),
            )
        case _:
            return constraint


def names_column(index: Index, column: str) -> bool:
    """Whether dropping the column drops the index. Expressions are text: one that holds the word names the column."""
    if column in (*index.columns, *index.include) or (index.where and column in index.where.columns):
        return True
    return len(index.columns) < len(index.elements) and any(_says(text, column) for text in index.elements)


def holds(constraint: Constraint, column: str) -> bool:
    """Whether dropping the column drops the constraint."""
    if isinstance(constraint, Exclusion):
        return _says(constraint.text, column)
    return column in _columns_of(constraint)


def _says(text: str, column: str) -> bool:
    """Whether a text holds the column's name as a word."""
    return re.search(rf"(?<![\w$]){re.escape(column)}(?![\w$])", text, re.IGNORECASE) is not None


def _neighbours(table: Table, schema: Schema, name: str) -> Iterator[Table]:
    """*table* as it is now, and those of its schema that have an index or a constraint of that name."""
    yield table
    holding = Tables.of(schema.tables).mentioning(HOLDS, name)
    yield from (t for t in holding if t.name.schema == table.name.schema and t.name != table.name)


def constraint_names(table: Table, schema: Schema) -> Taken:
    """Whether a constraint of that name stands on a table of the schema."""
    return lambda name: any(name in other.constraints for other in _neighbours(table, schema, name))


def relation_names(table: Table, schema: Schema) -> Taken:
    """Whether an index, a constraint or a table of the schema has that name."""

    def taken(name: str) -> bool:
        if Name(name, table.name.schema) in schema.tables:
            return True
        return any(name in other.indexes or name in other.constraints for other in _neighbours(table, schema, name))

    return taken
