"""CREATE of all that has no module of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from safemigrate.schema.model import EnumType
from safemigrate.schema.name import Name
from safemigrate.schema.operations import CreateEnum, CreateObject, Operation, ServerCommand
from safemigrate.sql.columns import collation
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.domains import create_domain
from safemigrate.sql.drop import SYNONYMS
from safemigrate.sql.functions import create_aggregate, create_function
from safemigrate.sql.indexes import create_index
from safemigrate.sql.publications import create_publication, create_subscription
from safemigrate.sql.references import reference
from safemigrate.sql.sequences import options_of_sequence
from safemigrate.sql.tables import create_table
from safemigrate.sql.triggers import create_event_trigger, create_policy, create_rule, create_trigger, role
from safemigrate.sql.types import read_type
from safemigrate.sql.views import create_materialized_view, create_view


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands between CREATE and the kind."""

    or_replace: bool
    temporary: bool
    unlogged: bool
    unique: bool
    constraint: bool
    recursive: bool

    def allowed(self, *names: str) -> bool:
        """Whether no word stands there but those named."""
        return not any(getattr(self, name) for name in self.__slots__ if name not in names)


def create(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a CREATE, from behind that word to the end."""
    or_replace = cursor.accept("OR", "REPLACE")
    cursor.accept_any("GLOBAL", "LOCAL")
    temporary = bool(cursor.accept_any("TEMP", "TEMPORARY"))
    words = _Words(
        or_replace,
        temporary,
        cursor.accept("UNLOGGED"),
        cursor.accept("UNIQUE"),
        cursor.sees("CONSTRAINT", "TRIGGER") and cursor.accept("CONSTRAINT"),
        cursor.sees("RECURSIVE", "VIEW") and cursor.accept("RECURSIVE"),
    )
    for kind, allowed, read in _KINDS:
        if cursor.accept(*kind.split()):
            if not words.allowed(*allowed):
                raise NotRead(f"the words before {kind} do not belong there")
            operation = read(cursor, words)
            cursor.finish()
            return (operation,)
    raise NotRead(f"CREATE {cursor.token().key} is not read yet")


def _table(cursor: Cursor, words: _Words) -> Operation:
    return create_table(cursor, temporary=words.temporary, unlogged=words.unlogged)


def _index(cursor: Cursor, words: _Words) -> Operation:
    return create_index(cursor, unique=words.unique)


def _view(cursor: Cursor, words: _Words) -> Operation:
    return create_view(cursor, or_replace=words.or_replace, temporary=words.temporary, recursive=words.recursive)


def _materialized_view(cursor: Cursor, words: _Words) -> Operation:
    return create_materialized_view(cursor)


def _function(cursor: Cursor, words: _Words) -> Operation:
    return create_function(cursor, "FUNCTION", or_replace=words.or_replace)


def _procedure(cursor: Cursor, words: _Words) -> Operation:
    return create_function(cursor, "PROCEDURE", or_replace=words.or_replace)


def _aggregate(cursor: Cursor, words: _Words) -> Operation:
    return create_aggregate(cursor, or_replace=words.or_replace)


def _trigger(cursor: Cursor, words: _Words) -> Operation:
    return create_trigger(cursor, or_replace=words.or_replace, constraint=words.constraint)


def _rule(cursor: Cursor, words: _Words) -> Operation:
    return create_rule(cursor, or_replace=words.or_replace)


def _without_words(read: Callable[[Cursor], Operation]) -> Callable[[Cursor, _Words], Operation]:
    return lambda cursor, words: read(cursor)


# -- schemas, extensions, sequences, statistics, collations ---------------------------------------------------


def _schema(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = Name("" if cursor.sees("AUTHORIZATION") else cursor.name())
    if cursor.accept("AUTHORIZATION"):
        owner = role(cursor)
        name = Name(name.name or owner)
    if cursor.sees_any(("CREATE", "GRANT")):
        raise NotRead("what CREATE SCHEMA makes inside is not read yet: write it as statements of its own")
    return CreateObject("SCHEMA", name, cursor.source, if_not_exists=if_not_exists)


def _extension(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = Name(cursor.name())
    cursor.accept("WITH")
    while option := cursor.accept_any("SCHEMA", "VERSION", "CASCADE"):
        if option == "SCHEMA":
            cursor.name()
        elif option == "VERSION":
            cursor.advance()
    return CreateObject("EXTENSION", name, cursor.source, if_not_exists=if_not_exists)


def _sequence(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    options_of_sequence(cursor)
    return CreateObject("SEQUENCE", name, cursor.source, if_not_exists=if_not_exists, temporary=words.temporary)


def _statistics(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = Name("") if cursor.sees("ON") or cursor.sees("(") else cursor.qualified()
    if cursor.sees("("):
        cursor.names()
    cursor.expect("ON")
    cursor.until("FROM")
    cursor.expect("FROM")
    table = cursor.qualified()
    return CreateObject("STATISTICS", name, cursor.source, if_not_exists=if_not_exists, table=table)


def _collation(cursor: Cursor, words: _Words) -> Operation:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    if cursor.accept("FROM"):
        collation(cursor)
    else:
        cursor.items()
    return CreateObject("COLLATION", name, cursor.source, if_not_exists=if_not_exists)


# -- types ---------------------------------------------------------------------------------------------------


def _type(cursor: Cursor, words: _Words) -> Operation:
    name = cursor.qualified()
    if cursor.accept("AS", "ENUM"):
        inside = cursor.parenthesised()
        labels = () if inside.done else tuple(_label(part) for part in inside.parts())
        return CreateEnum(EnumType(name, labels))
    if cursor.accept("AS", "RANGE"):
        cursor.items()
    elif cursor.accept("AS"):
        inside = cursor.parenthesised()
        for part in () if inside.done else inside.parts():
            _attribute(part)
    elif cursor.sees("("):
        cursor.items()
    return CreateObject("TYPE", name, cursor.source)


def _label(part: Cursor) -> str:
    label = part.string()
    part.finish()
    return label


def _attribute(part: Cursor) -> None:
    part.name()
    read_type(part)
    if part.accept("COLLATE"):
        collation(part)
    part.finish()


# -- what is known by its name only --------------------------------------------------------------------------


def _known_by_name(kind: str) -> Callable[[Cursor, _Words], Operation]:
    """Reads the name; what follows says nothing we ask about."""

    def read(cursor: Cursor, words: _Words) -> Operation:
        if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        what = SYNONYMS.get(kind, kind)
        name = reference(cursor, what).name
        cursor.rest()
        return CreateObject(what, name, cursor.source, words.or_replace, if_not_exists)

    return read


def _operator(cursor: Cursor, words: _Words) -> Operation:
    place = cursor.place
    cursor.until("(")
    name = Name(cursor.since(place))
    cursor.items()
    return CreateObject("OPERATOR", name, cursor.source)


def _operator_class(cursor: Cursor, words: _Words) -> Operation:
    name = cursor.qualified()
    cursor.accept("DEFAULT")
    cursor.expect("FOR", "TYPE")
    cursor.rest()
    return CreateObject("OPERATOR CLASS", name, cursor.source)


def _on_server(kind: str) -> Callable[[Cursor, _Words], Operation]:
    """Reads what no transaction block takes."""

    def read(cursor: Cursor, words: _Words) -> Operation:
        name = cursor.name()
        cursor.rest()
        return ServerCommand(f"CREATE {kind}", name, cursor.source)

    return read


_BY_NAME = (
    "ACCESS METHOD",
    "CAST",
    "CONVERSION",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "LANGUAGE",
    "OPERATOR FAMILY",
    "PROCEDURAL LANGUAGE",
    "ROLE",
    "SERVER",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TRANSFORM",
    "USER MAPPING",
    "USER",
    "GROUP",
)
_REPLACED = ("LANGUAGE", "PROCEDURAL LANGUAGE", "TRANSFORM")
_Reader = Callable[[Cursor, _Words], Operation]
#: each kind with the words that may stand before it, the longer before the shorter that begins like it
_KINDS: tuple[tuple[str, tuple[str, ...], _Reader], ...] = (
    ("TABLE", ("temporary", "unlogged"), _table),
    ("INDEX", ("unique",), _index),
    ("VIEW", ("or_replace", "temporary", "recursive"), _view),
    ("MATERIALIZED VIEW", ("unlogged",), _materialized_view),
    ("SEQUENCE", ("temporary", "unlogged"), _sequence),
    ("SCHEMA", (), _schema),
    ("EXTENSION", (), _extension),
    ("TYPE", (), _type),
    ("DOMAIN", (), _without_words(create_domain)),
    ("FUNCTION", ("or_replace",), _function),
    ("PROCEDURE", ("or_replace",), _procedure),
    ("AGGREGATE", ("or_replace",), _aggregate),
    ("TRIGGER", ("or_replace", "constraint"), _trigger),
    ("EVENT TRIGGER", (), _without_words(create_event_trigger)),
    ("RULE", ("or_replace",), _rule),
    ("POLICY", (), _without_words(create_policy)),
    ("STATISTICS", (), _statistics),
    ("COLLATION", (), _collation),
    ("PUBLICATION", (), _without_words(create_publication)),
    ("SUBSCRIPTION", (), _without_words(create_subscription)),
    ("OPERATOR CLASS", (), _operator_class),
    *((kind, ("or_replace",) if kind in _REPLACED else (), _known_by_name(kind)) for kind in _BY_NAME),
    ("OPERATOR", (), _operator),
    ("DEFAULT CONVERSION", (), _known_by_name("CONVERSION")),
    ("TRUSTED LANGUAGE", ("or_replace",), _known_by_name("LANGUAGE")),
    ("TRUSTED PROCEDURAL LANGUAGE", ("or_replace",), _known_by_name("LANGUAGE")),
    ("DATABASE", (), _on_server("DATABASE")),
    ("TABLESPACE", (), _on_server("TABLESPACE")),
)
