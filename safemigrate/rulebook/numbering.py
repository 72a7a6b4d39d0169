"""Columns that number their rows: the sequence beside the column, until every row has its number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from safemigrate.rulebook.site import Site, Step
from safemigrate.schema import Answer, Column, Generation, Name, Schema
from safemigrate.schema.chosen import sequence_name, sequence_of
from safemigrate.schema.name import literal, quoted, shortened
from safemigrate.schema.operations import AddColumn, AddIdentity, DropDefault, Operation, SetDefault
from safemigrate.sql import parse_name, read, read_expression

_PREFIX = "safemigrate_"
_HANDED_OVER = re.compile(rf"nextval\('((?:[^']|'')*{_PREFIX}(?:[^']|'')*)'::regclass\)")
IDENTITIES = (Generation.IDENTITY_ALWAYS, Generation.IDENTITY_BY_DEFAULT)


def numbering(op: AddColumn, site: Site) -> Column:
    """The column as a plain one whose default draws from a sequence of its own."""
    default = read_expression(f"nextval({literal(_sequence(op, site).sql())}::regclass)")
    return replace(op.column, generation=None, generation_text="", nullable=Answer.NO, default=default)


def numbered_from_now_on(op: AddColumn, site: Site) -> Step:
    """The column, empty, and a sequence that numbers the rows to come."""
    sequence, column = _sequence(op, site).sql(), numbering(op, site)
    assert column.default is not None
    type_ = f" AS {column.type.sql()}" if column.type is not None and column.type.name != "bigint" else ""
    bare = replace(column, default=None, nullable=Answer.YES)
    return (
        *read(f"CREATE SEQUENCE IF NOT EXISTS {sequence}{type_}"),
        replace(op, column=bare, constraints=()),
        SetDefault(op.table, column.name, column.default),
        *read(f"ALTER SEQUENCE {sequence} OWNED BY {op.table.sql()}.{quoted(column.name)}"),
    )


def handed_over(op: AddColumn, site: Site) -> tuple[Step, ...]:
    """The numbers given to the identity, where the author wrote one; a serial has its sequence already.

    The first statement locks the table, so nobody draws a number between the last one and the identity's first.
    """
    column = op.column
    if column.generation is Generation.SERIAL or column.generation is None:
        return ()
    sequence, table = _sequence(op, site).sql(), literal(op.table.sql())
    drawn = f"SELECT setval(pg_get_serial_sequence({table}, {literal(column.name)}), nextval({literal(sequence)}))"
    identity: tuple[Operation, ...] = (
        DropDefault(op.table, column.name),
        *read(f"ALTER SEQUENCE {sequence} OWNED BY NONE"),
        AddIdentity(op.table, column.name, column.generation, column.generation_text),
    )
    return ((*identity, *read(drawn), *read(f"DROP SEQUENCE {sequence}")),)


def numbered_on(table: Name, column: Column, other: str) -> Iterator[Operation]:
    """What lets *other*, which is filled and not NULL, number on as the identity *column* of the table does; nothing
    for a column that is none.

    The first statement locks the table, so nobody draws a number in between.
    """
    if column.generation is None or column.generation not in IDENTITIES:
        return
    yield AddIdentity(table, other, column.generation, column.generation_text)
    of = f"pg_get_serial_sequence({literal(table.sql())}, %s)"
    drawn = f"nextval({of % literal(column.name)})"
    yield from read(f"SELECT setval({of % literal(other)}, {drawn}, false)")


def numbered_again(table: Name, column: Column) -> tuple[Operation, ...]:
    """What gives *column* back the sequence that a serial drew from, or that was handed over to its identity.

    It begins beyond the numbers that were given. Empty where the column draws from a sequence of somebody else.
    """
    match = _HANDED_OVER.fullmatch(column.default.text) if column.default is not None else None
    if column.generation is Generation.SERIAL:
        sequence = sequence_of(table, column)
    elif match is not None:
        sequence = parse_name(match[1].replace("''", "'"))
    else:
        return ()
    name, written = quoted(column.name), literal(sequence.sql())
    first = f"SELECT setval({written}, coalesce(max({name}), 0) + 1, false) FROM {table.sql()}"
    return (
        *read(f"CREATE SEQUENCE IF NOT EXISTS {sequence.sql()}"),
        *read(first),
        *read(f"ALTER SEQUENCE {sequence.sql()} OWNED BY {table.sql()}.{name}"),
        SetDefault(table, column.name, read_expression(f"nextval({written}::regclass)")),
    )


def is_of_a_column(sequence: Name, schema: Schema) -> bool:
    """Whether a sequence is called as one that numbers the rows of a table, a serial's or one of ours."""
    if sequence.name.startswith(_PREFIX):
        return True
    return any(
        sequence.name == sequence_of(table.name, column).name
        for table in schema.tables.values()
        for column in table.columns.values()
    )


def _sequence(op: AddColumn, site: Site) -> Name:
    """The sequence: a serial's has the name that PostgreSQL gives it, an identity's must leave that one free."""
    name = sequence_name(op.table.name, op.column.name)
    if op.column.generation is Generation.SERIAL:
        return op.table.beside(name)
    return op.table.beside(shortened(f"{_PREFIX}{name}"))
