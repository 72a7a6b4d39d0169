"""ALTER of all that is not a table."""

from __future__ import annotations

from collections.abc import Callable

from safemigrate.schema.name import Name
from safemigrate.schema.operations import (
    AddEnumValue,
    AlterObject,
    ChangePolicy,
    DropDefault,
    MoveObject,
    MoveTable,
    Operation,
    RenameColumn,
    RenameEnumValue,
    RenameObject,
    RenameTable,
    RenameType,
    ServerCommand,
    SetAccessMethod,
    SetDefault,
    SetTablespace,
    Unreadable,
)
from safemigrate.sql.alter_table import alter_table, move_all
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.domains import alter_attributes, alter_domain
from safemigrate.sql.drop import SYNONYMS
from safemigrate.sql.functions import option
from safemigrate.sql.grants import default_privileges
from safemigrate.sql.indexes import alter_index
from safemigrate.sql.publications import alter_publication, alter_subscription
from safemigrate.sql.references import Reference, called, kind, reference
from safemigrate.sql.sequences import options_of_sequence
from safemigrate.sql.triggers import policy_clauses, role

_Change = Callable[[Cursor, Name], tuple[Operation, ...] | None]


def alter(cursor: Cursor) -> tuple[Operation, ...]:
    """The operations of an ALTER, from behind that word to the end."""
    for words, read in _WHOLE:
        if cursor.accept(*words):
            operations = read(cursor)
            cursor.finish()
            return operations
    written = kind(cursor, tuple(_CHANGES))
    if not written:
        raise NotRead(f"ALTER {cursor.token().key} is not read yet")
    what = SYNONYMS.get(written, written)
    if_exists = what in _MAYBE and cursor.accept("IF", "EXISTS")
    if what == "ROLE" and cursor.accept("ALL"):
        found = Reference(Name("all"), named=False)
    else:
        found = reference(cursor, what)
    operations = _shared(cursor, what, found, if_exists) or _CHANGES[written](cursor, found.name) or ()
    operations = tuple(called(operation, what, found) for operation in operations)
    if not operations:
        raise NotRead(f"ALTER {what} … {cursor.token().key} is not read yet")
    cursor.finish()
    return operations


def _shared(cursor: Cursor, what: str, found: Reference, if_exists: bool) -> tuple[Operation, ...]:
    """What every object may have done to it."""
    name = found.name
    if cursor.accept("RENAME", "TO"):
        if what == "TYPE":
            return (RenameType(name, cursor.name()),)
        new = cursor.name()
        return (RenameObject(what, name, new, if_exists, found.signature, found.table, found.arguments),)
    if cursor.accept("SET", "SCHEMA"):
        schema = cursor.name()
        if not found.named:
            return (AlterObject("SET SCHEMA", name, cursor.source),)
        return (MoveObject(what, name, schema, if_exists, found.signature, found.arguments),)
    if cursor.accept("OWNER", "TO"):
        role(cursor)
        return (AlterObject("OWNER TO", name, cursor.source),)
    if cursor.accept("DEPENDS", "ON", "EXTENSION") or cursor.accept("NO", "DEPENDS", "ON", "EXTENSION"):
        cursor.name()
        return (AlterObject("DEPENDS ON EXTENSION", name, cursor.source, found.table),)
    return ()


# -- relations -----------------------------------------------------------------------------------------------


def _table(cursor: Cursor) -> tuple[Operation, ...]:
    return alter_table(cursor)


def _index(cursor: Cursor) -> tuple[Operation, ...]:
    return (alter_index(cursor),)


def _view(cursor: Cursor) -> tuple[Operation, ...]:
    """What ALTER TABLE does to a view as well: PostgreSQL renames columns of views and tables alike."""
    return _relation(cursor, "VIEW", (RenameColumn, SetDefault, DropDefault))


def _materialized_view(cursor: Cursor) -> tuple[Operation, ...]:
    if cursor.accept("ALL", "IN", "TABLESPACE"):
        return (move_all(cursor, "MATERIALIZED VIEW"),)
    return _relation(cursor, "MATERIALIZED VIEW", (RenameColumn, SetAccessMethod))


def _foreign_table(cursor: Cursor) -> tuple[Operation, ...]:
    return _relation(cursor, "FOREIGN TABLE", (Operation,))


def _relation(cursor: Cursor, what: str, known: tuple[type[Operation], ...]) -> tuple[Operation, ...]:
    return tuple(_of_relation(operation, what, known) for operation in alter_table(cursor))


def _of_relation(operation: Operation, what: str, known: tuple[type[Operation], ...]) -> Operation:
    match operation:
        case RenameTable(table, new_name, if_exists):
            return RenameObject(what, table, new_name, if_exists)
        case MoveTable(table, new_schema, if_exists):
            return MoveObject(what, table, new_schema, if_exists)
        case SetTablespace(_, name, tablespace, if_exists) if what == "MATERIALIZED VIEW":
            return SetTablespace(what, name, tablespace, if_exists)
        case AlterObject() | Unreadable():
            return operation
        case _ if isinstance(operation, known):
            return operation
    raise NotRead(f"this change of a {what.lower()} is not read yet")


# -- types and sequences -------------------------------------------------------------------------------------


def _type(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
    if cursor.accept("ADD", "VALUE"):
        return (_enum_value(cursor, name),)
    if cursor.accept("RENAME", "VALUE"):
        value = cursor.string()
        cursor.expect("TO")
        return (RenameEnumValue(name, value, cursor.string()),)
    if cursor.sees("SET", "("):
        return _anything(cursor, name, "TYPE")
    return alter_attributes(cursor, name)


def _enum_value(cursor: Cursor, name: Name) -> AddEnumValue:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    value = cursor.string()
    place = cursor.accept_any("BEFORE", "AFTER")
    neighbour = cursor.string() if place else None
    return AddEnumValue(name, value, if_not_exists, neighbour, place == "BEFORE")


def _sequence(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
    if options_of_sequence(cursor) or (cursor.accept("SET") and cursor.accept_any("LOGGED", "UNLOGGED")):
        return (AlterObject("SEQUENCE", name, cursor.source),)
    return None


# -- code and what guards it ---------------------------------------------------------------------------------


def _routine(what: str) -> _Change:
    def read(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
        start = cursor.place
        while option(cursor):
            pass
        if cursor.place == start:
            return None
        cursor.accept("RESTRICT")
        return (AlterObject(what, name, cursor.source),)

    return read


def _policy(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
    table = _table_before(cursor)
    _, conditions = policy_clauses(cursor)
    return (ChangePolicy("POLICY", name, cursor.source, table, conditions),)


def _table_before(cursor: Cursor) -> Name:
    """The table whose name was passed last."""
    back = Cursor.over(cursor.source)
    back.until("ON")
    back.expect("ON")
    return back.qualified()


# -- what is read by its first word --------------------------------------------------------------------------


def _anything(cursor: Cursor, name: Name, what: str) -> tuple[Operation, ...]:
    cursor.rest()
    return (AlterObject(what, name, cursor.source),)


def _beginning(what: str, *words: str) -> _Change:
    """Reads a change that begins with one of *words*; the rest says nothing we ask about."""

    def read(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
        return _anything(cursor, name, what) if cursor.sees_any(words) else None

    return read


def _never(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
    return None


def _database(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
    if cursor.accept("SET", "TABLESPACE"):
        cursor.name()
        return (ServerCommand("ALTER DATABASE", name.name, cursor.source),)
    return _anything(cursor, name, "DATABASE")


def _system(cursor: Cursor) -> tuple[Operation, ...]:
    if not cursor.accept_any("SET", "RESET"):
        raise cursor.surprise("SET or RESET")
    cursor.rest()
    return (ServerCommand("ALTER SYSTEM", "", cursor.source),)


_ROLE_WORDS = (
    "WITH IN SET RESET PASSWORD ENCRYPTED INHERIT CONNECTION VALID USER ADD DROP SUPERUSER NOSUPERUSER CREATEDB "
    "NOCREATEDB CREATEROLE NOCREATEROLE REPLICATION NOREPLICATION LOGIN NOLOGIN NOINHERIT BYPASSRLS NOBYPASSRLS"
).split()
_MAYBE = ("SEQUENCE", "POLICY", "STATISTICS")
_WHOLE: tuple[tuple[tuple[str, ...], Callable[[Cursor], tuple[Operation, ...]]], ...] = (
    (("TABLE",), _table),
    (("INDEX",), _index),
    (("VIEW",), _view),
    (("MATERIALIZED", "VIEW"), _materialized_view),
    (("FOREIGN", "TABLE"), _foreign_table),
    (("DEFAULT", "PRIVILEGES"), default_privileges),
    (("SYSTEM",), _system),
)
#: what can be altered by name, the longer before the shorter that begins like it
_CHANGES: dict[str, _Change] = {
    "TYPE": _type,
    "DOMAIN": alter_domain,
    "SEQUENCE": _sequence,
    "SCHEMA": _never,
    "FUNCTION": _routine("FUNCTION"),
    "PROCEDURE": _routine("PROCEDURE"),
    "ROUTINE": _routine("ROUTINE"),
    "AGGREGATE": _never,
    "EVENT TRIGGER": _beginning("EVENT TRIGGER", "ENABLE", "DISABLE"),
    "TRIGGER": _never,
    "RULE": _never,
    "POLICY": _policy,
    "PUBLICATION": alter_publication,
    "SUBSCRIPTION": alter_subscription,
    "EXTENSION": _beginning("EXTENSION", "UPDATE", "ADD", "DROP"),
    "STATISTICS": _beginning("STATISTICS", "SET"),
    "COLLATION": _beginning("COLLATION", "REFRESH"),
    "CONVERSION": _never,
    "DATABASE": _database,
    "FOREIGN DATA WRAPPER": _beginning("FOREIGN DATA WRAPPER", "OPTIONS", "HANDLER", "VALIDATOR", "NO", "CONNECTION"),
    "SERVER": _beginning("SERVER", "VERSION", "OPTIONS"),
    "USER MAPPING": _beginning("USER MAPPING", "OPTIONS"),
    "ROLE": _beginning("ROLE", *_ROLE_WORDS),
    "USER": _beginning("ROLE", *_ROLE_WORDS),
    "GROUP": _beginning("ROLE", *_ROLE_WORDS),
    "LANGUAGE": _never,
    "PROCEDURAL LANGUAGE": _never,
    "LARGE OBJECT": _never,
    "OPERATOR CLASS": _never,
    "OPERATOR FAMILY": _beginning("OPERATOR FAMILY", "ADD", "DROP"),
    "OPERATOR": _beginning("OPERATOR", "SET"),
    "TABLESPACE": _beginning("TABLESPACE", "SET", "RESET"),
    "TEXT SEARCH CONFIGURATION": _beginning("TEXT SEARCH CONFIGURATION", "ADD", "ALTER", "DROP"),
    "TEXT SEARCH DICTIONARY": _beginning("TEXT SEARCH DICTIONARY", "("),
    "TEXT SEARCH PARSER": _never,
    "TEXT SEARCH TEMPLATE": _never,
}
