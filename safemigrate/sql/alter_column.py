"""ALTER COLUMN, an action of ALTER TABLE."""

from __future__ import annotations

from collections.abc import Callable

from safemigrate.schema.operations import (
    AddIdentity,
    AlterObject,
    ChangeIdentity,
    ChangeType,
    DropDefault,
    DropExpression,
    DropIdentity,
    DropNotNull,
    Operation,
    SetDefault,
    SetExpression,
    SetNotNull,
    TuneColumn,
)
from safemigrate.sql.columns import collation, identity, identity_options
from safemigrate.sql.cursor import Cursor
from safemigrate.sql.expressions import expression
from safemigrate.sql.sequences import options_of_sequence
from safemigrate.sql.targets import Target, unknown
from safemigrate.sql.tokens import Kind
from safemigrate.sql.types import read_type


def alter_column(cursor: Cursor, target: Target, text: str) -> Operation:
    """The operation of an ALTER COLUMN, from the name of the column to the end; *text* is the whole statement."""
    if cursor.token().kind is Kind.NUMBER:
        # the column of an index on an expression has no name
        cursor.advance()
        cursor.expect("SET", "STATISTICS")
        return _statistics(cursor, target, "", text)
    column = cursor.name()
    for words, read in _ACTIONS:
        if cursor.accept(*words):
            return read(cursor, target, column, text)
    if cursor.token(1).key == "(" and (word := cursor.accept_any("SET", "RESET")):
        values = tuple(_parameter(part, word) for part in cursor.items())
        return TuneColumn("SET STORAGE PARAMETERS", target.table, text, target.table, column, values)
    options = cursor.text
    if options_of_sequence(cursor):
        return ChangeIdentity(target.table, column, options, **target.words)
    raise unknown(cursor, "ALTER COLUMN")


def _type(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    type_ = read_type(cursor)
    collated = collation(cursor) if cursor.accept("COLLATE") else None
    using = expression(cursor.rest()) if cursor.accept("USING") else None
    return ChangeType(target.table, column, type_, using, collated, **target.words)


def _set_not_null(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    return SetNotNull(target.table, column, **target.words)


def _drop_not_null(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    return DropNotNull(target.table, column, **target.words)


def _set_default(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    return SetDefault(target.table, column, expression(cursor.rest()), **target.words)


def _drop_default(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    return DropDefault(target.table, column, **target.words)


def _add_identity(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    generation = identity(cursor)
    if generation is None:
        raise cursor.surprise("an identity")
    return AddIdentity(target.table, column, generation, identity_options(cursor), **target.words)


def _drop_identity(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    return DropIdentity(target.table, column, cursor.accept("IF", "EXISTS"), **target.words)


def _set_expression(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    return SetExpression(target.table, column, expression(cursor.parenthesised()), **target.words)


def _drop_expression(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    return DropExpression(target.table, column, cursor.accept("IF", "EXISTS"), **target.words)


def _parameter(part: Cursor, word: str) -> tuple[str, str | None]:
    name = part.label()
    value = part.text.lstrip("= ").strip()
    return name, None if word == "RESET" else value


def _statistics(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    value: str | None = None
    if not cursor.accept("DEFAULT"):
        sign = cursor.accept_any("-", "+")
        number = cursor.advance()
        if number.kind is not Kind.NUMBER:
            raise cursor.surprise("a number")
        # -1 is another word for the default
        value = None if sign == "-" else cursor.written(number)
    return TuneColumn("SET STATISTICS", target.table, text, target.table, column, (("STATISTICS", value),))


def _storage(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    value = cursor.label().upper()
    return TuneColumn("SET STORAGE", target.table, text, target.table, column, _kept("STORAGE", value))


def _compression(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    value = cursor.label().upper()
    return TuneColumn("SET COMPRESSION", target.table, text, target.table, column, _kept("COMPRESSION", value))


def _kept(name: str, value: str) -> tuple[tuple[str, str | None], ...]:
    return ((name, None if value == "DEFAULT" else value),)


def _options(cursor: Cursor, target: Target, column: str, text: str) -> Operation:
    cursor.items()
    return AlterObject("OPTIONS", target.table, text, target.table)


_ACTIONS: tuple[tuple[tuple[str, ...], Callable[[Cursor, Target, str, str], Operation]], ...] = (
    (("TYPE",), _type),
    (("SET", "DATA", "TYPE"), _type),
    (("SET", "NOT", "NULL"), _set_not_null),
    (("DROP", "NOT", "NULL"), _drop_not_null),
    (("SET", "DEFAULT"), _set_default),
    (("DROP", "DEFAULT"), _drop_default),
    (("ADD", "GENERATED"), _add_identity),
    (("DROP", "IDENTITY"), _drop_identity),
    (("SET", "EXPRESSION", "AS"), _set_expression),
    (("DROP", "EXPRESSION"), _drop_expression),
    (("SET", "STATISTICS"), _statistics),
    (("SET", "STORAGE"), _storage),
    (("SET", "COMPRESSION"), _compression),
    (("OPTIONS",), _options),
)
