"""The schema that operations end in, with the words of expressions as PostgreSQL keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from safemigrate.schema import (
    Check,
    Column,
    Constraint,
    Expression,
    ForeignKey,
    Generation,
    Index,
    Name,
    Operation,
    PrimaryKey,
    Schema,
    Table,
    Unique,
    after,
)
from safemigrate.schema import operations as o
from safemigrate.schema.chosen import sequence_of
from safemigrate.schema.name import literal, quoted
from safemigrate.schema.renaming import EndRename
from safemigrate.sql import read_expression, renamed

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def outcome(operations: Iterable[Operation], schema: Schema) -> Schema:
    """*schema* once *operations* have run. A renamed column is called so in checks and indexes, too, whose text the
    schema itself keeps as it was written."""
    for op in operations:
        schema = after(op, schema)
        for part in op.parts if isinstance(op, EndRename) else (op,):
            schema = _reworded(part, schema) if isinstance(part, o.RenameColumn) else schema
    return schema


def differences(one: Schema, other: Schema) -> tuple[str, ...]:
    """The tables, with what of them, and "types", that are not the same in both.

    How a key came by its index does not count.
    """
    pairs = {name: (_plain(one, name), _plain(other, name)) for name in {*one.tables, *other.tables}}
    tables = [f"{name}{_of_it(*pair)}" for name, pair in pairs.items() if pair[0] != pair[1]]
    return (*sorted(tables), *(["types"] if one.enums != other.enums else []))


def _of_it(one: Table | None, other: Table | None) -> str:
    """Which columns, constraints and indexes of a table differ, in parentheses; nothing where none does."""
    if one is None or other is None:
        return ""
    kinds: tuple[tuple[str, Mapping[str, object], Mapping[str, object]], ...] = (
        ("column", one.columns, other.columns),
        ("constraint", one.constraints, other.constraints),
        ("index", one.indexes, other.indexes),
    )
    named = [
        f"{kind} {quoted(name)}"
        for kind, mine, theirs in kinds
        for name in sorted({*mine, *theirs})
        if mine.get(name) != theirs.get(name)
    ]
    return f" ({', '.join(named)})" if named else ""


def _plain(schema: Schema, name: Name) -> Table | None:
    table = schema.tables.get(name)
    if table is None:
        return None
    keys = {
        key: replace(each, index=None, storage="") if isinstance(each, Unique | PrimaryKey) else _led(schema, each)
        for key, each in table.constraints.items()
    }
    columns = {column: _spelled_out(table, each) for column, each in table.columns.items()}
    indexes = {
        index: replace(each, elements=tuple(map(_unquoted, each.elements))) for index, each in table.indexes.items()
    }
    return replace(table, columns=columns, constraints=keys, indexes=indexes)


def _unquoted(element: str) -> str:
    """A column of an index without the quotes that some write around every name."""
    return element[1:-1].replace('""', '"') if _QUOTED.fullmatch(element) else element


def _led(schema: Schema, constraint: Constraint) -> Constraint:
    """A foreign key with the columns that it refers to; without any it was written for the primary key."""
    if not isinstance(constraint, ForeignKey) or constraint.referenced_columns:
        return constraint
    target = schema.table(constraint.referenced)
    return replace(constraint, referenced_columns=target.primary_key if target else ())


def _spelled_out(table: Table, column: Column) -> Column:
    """The column with the default that ``serial`` stands for."""
    if column.generation is not Generation.SERIAL:
        return column
    sequence = sequence_of(table.name, column)
    written = Name(sequence.name) if sequence.schema in (None, "public") else sequence
    return replace(column, generation=None, default=read_expression(f"nextval({literal(written.sql())}::regclass)"))


def _reworded(op: o.RenameColumn, schema: Schema) -> Schema:
    for each in (op.table, *schema.partitions(op.table), *schema.children(op.table)):
        table = schema.table(each)
        if table is not None:
            constraints = {name: _constraint(op, each) for name, each in table.constraints.items()}
            indexes = {name: _index(op, each) for name, each in table.indexes.items()}
            schema = schema.with_table(replace(table, constraints=constraints, indexes=indexes))
    return schema


def _constraint(op: o.RenameColumn, constraint: Constraint) -> Constraint:
    if isinstance(constraint, Check):
        return replace(constraint, expression=_expression(op, constraint.expression))
    return constraint


def _index(op: o.RenameColumn, index: Index) -> Index:
    elements = tuple(renamed(element, op.column, op.new_name) or element for element in index.elements)
    return replace(index, elements=elements, where=_expression(op, index.where) if index.where else None)


def _expression(op: o.RenameColumn, expression: Expression) -> Expression:
    text = renamed(expression.sql(), op.column, op.new_name)
    return expression if text is None or text == expression.sql() else read_expression(text)
