"""CREATE of all that is not a table or an index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from safemigrate.schema.model import EnumType
from safemigrate.schema.name import Name
from safemigrate.schema.operations import CreateEnum, CreateObject, Operation
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.indexes import create_index
from safemigrate.sql.sequences import options_of_sequence
from safemigrate.sql.tables import create_table
from safemigrate.sql.types import read_type


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands between CREATE and the kind."""

    or_replace: bool
    temporary: bool
    unlogged: bool
    unique: bool


def create(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a CREATE, from behind that word to the end."""
    or_replace = cursor.accept("OR", "REPLACE")
    cursor.accept_any("GLOBAL", "LOCAL")
    temporary = bool(cursor.accept_any("TEMP", "TEMPORARY"))
    words = _Words(or_replace, temporary, cursor.accept("UNLOGGED"), cursor.accept("UNIQUE"))
    for kind, read in _KINDS:
        if cursor.accept(*kind):
            operation = read(cursor, words)
            cursor.finish()
            return (operation,)
    raise NotRead(f"CREATE {cursor.token().key} is not read yet")


def _table(cursor: Cursor, words: _Words) -> Operation:
    return create_table(cursor, temporary=words.temporary, unlogged=words.unlogged)


def _index(cursor: Cursor, words: _Words) -> Operation:
    return create_index(cursor, unique=words.unique)


def _schema(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = Name("" if cursor.sees("AUTHORIZATION") else cursor.name())
    if cursor.accept("AUTHORIZATION"):
        owner = cursor.label()
        name = Name(name.name or owner)
    return CreateObject("SCHEMA", name, cursor.source, if_not_exists=if_not_exists)


def _extension(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = Name(cursor.name())
    cursor.accept("WITH")
    while cursor.accept_any("SCHEMA", "VERSION", "CASCADE"):
        if not (cursor.done or cursor.sees_any(("SCHEMA", "VERSION", "CASCADE"))):
            cursor.pass_one()
    return CreateObject("EXTENSION", name, cursor.source, if_not_exists=if_not_exists)


def _sequence(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    options_of_sequence(cursor)
    return CreateObject("SEQUENCE", name, cursor.source, if_not_exists=if_not_exists)


def _view(cursor: Cursor, words: _Words) -> Operation:
    return _of_query(cursor, "VIEW", words)


def _materialized_view(cursor: Cursor, words: _Words) -> Operation:
    return _of_query(cursor, "MATERIALIZED VIEW", words)


def _of_query(cursor: Cursor, kind: str, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    if cursor.sees("("):
        cursor.names()
    if cursor.accept("USING"):
        cursor.name()
    if cursor.accept("WITH"):
        cursor.items()
    if cursor.accept("TABLESPACE"):
        cursor.name()
    cursor.expect("AS")
    if not cursor.sees_any(("SELECT", "WITH", "VALUES", "TABLE", "(")):
        raise cursor.surprise("a query")
    cursor.rest()
    return CreateObject(kind, name, cursor.source, words.or_replace, if_not_exists)


def _function(cursor: Cursor, words: _Words) -> Operation:
    return _routine(cursor, "FUNCTION", words)


def _procedure(cursor: Cursor, words: _Words) -> Operation:
    return _routine(cursor, "PROCEDURE", words)


def _aggregate(cursor: Cursor, words: _Words) -> Operation:
    return _routine(cursor, "AGGREGATE", words)


def _routine(cursor: Cursor, kind: str, words: _Words) -> Operation:
    """Creating a function runs nothing of its body, so the body need not be read."""
    name = cursor.qualified()
    cursor.parenthesised()
    cursor.rest()
    return CreateObject(kind, name, cursor.source, words.or_replace)


def _trigger(cursor: Cursor, words: _Words) -> Operation:
    name = Name(cursor.name())
    if not cursor.accept_any("BEFORE", "AFTER", "INSTEAD"):
        raise cursor.surprise("BEFORE, AFTER or INSTEAD OF")
    cursor.until("ON")
    cursor.expect("ON")
    table = cursor.qualified()
    cursor.until("EXECUTE")
    cursor.expect("EXECUTE")
    if not cursor.accept_any("FUNCTION", "PROCEDURE"):
        raise cursor.surprise("FUNCTION")
    cursor.qualified()
    cursor.parenthesised()
    return CreateObject("TRIGGER", name, cursor.source, words.or_replace, table=table)


def _policy(cursor: Cursor, words: _Words) -> Operation:
    name = Name(cursor.name())
    cursor.expect("ON")
    table = cursor.qualified()
    if cursor.accept("AS") and not cursor.accept("PERMISSIVE"):
        raise NotRead("a restrictive policy is not read yet")
    cursor.rest()
    return CreateObject("POLICY", name, cursor.source, table=table)


def _statistics(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = Name("") if cursor.sees("ON") or cursor.sees("(") else cursor.qualified()
    cursor.until("FROM")
    cursor.expect("FROM")
    table = cursor.qualified()
    return CreateObject("STATISTICS", name, cursor.source, if_not_exists=if_not_exists, table=table)


def _type(cursor: Cursor, words: _Words) -> Operation:
    name = cursor.qualified()
    if cursor.accept("AS", "ENUM"):
        inside = cursor.parenthesised()
        labels = () if inside.done else tuple(_label(part) for part in inside.parts())
        return CreateEnum(EnumType(name, labels))
    if cursor.accept("AS"):
        cursor.accept("RANGE")
    if not cursor.done:
        cursor.parenthesised()
    return CreateObject("TYPE", name, cursor.source)


def _label(part: Cursor) -> str:
    label = part.string()
    part.finish()
    return label


def _domain(cursor: Cursor, words: _Words) -> Operation:
    name = cursor.qualified()
    cursor.accept("AS")
    read_type(cursor)
    cursor.rest()
    return CreateObject("DOMAIN", name, cursor.source)


def _collation(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    if cursor.accept("FROM"):
        cursor.qualified()
    else:
        cursor.items()
    return CreateObject("COLLATION", name, cursor.source, if_not_exists=if_not_exists)


_KINDS: tuple[tuple[tuple[str, ...], Callable[[Cursor, _Words], Operation]], ...] = (
    (("TABLE",), _table),
    (("INDEX",), _index),
    (("VIEW",), _view),
    (("RECURSIVE", "VIEW"), _view),
    (("MATERIALIZED", "VIEW"), _materialized_view),
    (("SEQUENCE",), _sequence),
    (("SCHEMA",), _schema),
    (("EXTENSION",), _extension),
    (("TYPE",), _type),
    (("DOMAIN",), _domain),
    (("FUNCTION",), _function),
    (("PROCEDURE",), _procedure),
    (("AGGREGATE",), _aggregate),
    (("TRIGGER",), _trigger),
    (("CONSTRAINT", "TRIGGER"), _trigger),
    (("POLICY",), _policy),
    (("STATISTICS",), _statistics),
    (("COLLATION",), _collation),
)
