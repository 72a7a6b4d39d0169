"""ALTER of all that is not a table, COMMENT, GRANT and REVOKE."""

from __future__ import annotations

from collections.abc import Callable

from safemigrate.schema.name import Name
from safemigrate.schema.operations import (
    AddEnumValue,
    AlterObject,
    DropDefault,
    MoveTable,
    Operation,
    RenameColumn,
    RenameEnumValue,
    RenameTable,
    RenameType,
    SetDefault,
    Unreadable,
)
from safemigrate.sql.alter_table import alter_table
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.indexes import alter_index
from safemigrate.sql.sequences import options_of_sequence
from safemigrate.sql.tokens import Kind

_OF_VIEWS = (RenameTable, RenameColumn, MoveTable, SetDefault, DropDefault, Unreadable)


def alter(cursor: Cursor) -> tuple[Operation, ...]:
    """The operations of an ALTER, from behind that word to the end."""
    if cursor.accept("TABLE"):
        return alter_table(cursor)
    for kind, read in _KINDS:
        if cursor.accept(*kind):
            operations = read(cursor)
            cursor.finish()
            return operations
    raise NotRead(f"ALTER {cursor.token().key} is not read yet")


def _index(cursor: Cursor) -> tuple[Operation, ...]:
    return (alter_index(cursor),)


def _view(cursor: Cursor) -> tuple[Operation, ...]:
    """What ALTER TABLE does to a view as well: PostgreSQL renames views, columns of views and tables alike."""
    return _relation(cursor, frozenset({"OWNER TO"}))


def _materialized_view(cursor: Cursor) -> tuple[Operation, ...]:
    return _relation(cursor, frozenset({"OWNER TO", "SET STATISTICS", "SET STORAGE PARAMETERS"}))


def _relation(cursor: Cursor, instant: frozenset[str]) -> tuple[Operation, ...]:
    operations = alter_table(cursor)
    for operation in operations:
        known = isinstance(operation, AlterObject) and operation.kind in instant
        if not (known or isinstance(operation, _OF_VIEWS)):
            raise NotRead("this change of a view is not read yet")
    return operations


def _type(cursor: Cursor) -> tuple[Operation, ...]:
    name = cursor.qualified()
    if cursor.accept("ADD", "VALUE"):
        return (_enum_value(cursor, name),)
    if cursor.accept("RENAME", "VALUE"):
        value = cursor.string()
        cursor.expect("TO")
        return (RenameEnumValue(name, value, cursor.string()),)
    if cursor.accept("RENAME", "TO"):
        return (RenameType(name, cursor.name()),)
    return _owner(cursor, "TYPE", name)


def _enum_value(cursor: Cursor, name: Name) -> AddEnumValue:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    value = cursor.string()
    place = cursor.accept_any("BEFORE", "AFTER")
    neighbour = cursor.string() if place else None
    return AddEnumValue(name, value, if_not_exists, neighbour, place == "BEFORE")


def _sequence(cursor: Cursor) -> tuple[Operation, ...]:
    cursor.accept("IF", "EXISTS")
    name = cursor.qualified()
    if options_of_sequence(cursor):
        return (AlterObject("SEQUENCE", name, cursor.source),)
    return _owner(cursor, "SEQUENCE", name)


def _owner(cursor: Cursor, kind: str, name: Name) -> tuple[Operation, ...]:
    if not cursor.accept("OWNER", "TO"):
        raise NotRead(f"ALTER {kind} … {cursor.token().key} is not read yet")
    cursor.label()
    return (AlterObject("OWNER TO", name, cursor.source),)


def _owned(kind: str) -> Callable[[Cursor], tuple[Operation, ...]]:
    """Reads the owner of an object of *kind*, and nothing else of it."""

    def read(cursor: Cursor) -> tuple[Operation, ...]:
        name = cursor.qualified()
        if cursor.sees("("):
            cursor.parenthesised()
        return _owner(cursor, kind, name)

    return read


def _default_privileges(cursor: Cursor) -> tuple[Operation, ...]:
    """They concern what will be made, so nothing that runs can notice."""
    cursor.until("GRANT", "REVOKE")
    if not cursor.accept_any("GRANT", "REVOKE"):
        raise cursor.surprise("GRANT or REVOKE")
    cursor.rest()
    return (AlterObject("DEFAULT PRIVILEGES", Name(""), cursor.source),)


_KINDS: tuple[tuple[tuple[str, ...], Callable[[Cursor], tuple[Operation, ...]]], ...] = (
    (("INDEX",), _index),
    (("VIEW",), _view),
    (("MATERIALIZED", "VIEW"), _materialized_view),
    (("TYPE",), _type),
    (("SEQUENCE",), _sequence),
    (("DEFAULT", "PRIVILEGES"), _default_privileges),
    *(((kind,), _owned(kind)) for kind in "AGGREGATE COLLATION DOMAIN FUNCTION PROCEDURE SCHEMA STATISTICS".split()),
)


# -- COMMENT -------------------------------------------------------------------------------------------------

_COMMENTED = (
    "AGGREGATE COLLATION COLUMN CONSTRAINT DOMAIN EXTENSION FUNCTION INDEX POLICY PROCEDURE RULE SCHEMA SEQUENCE "
    "STATISTICS TABLE TRIGGER TYPE VIEW"
).split()
_ON_TABLES = ("CONSTRAINT", "POLICY", "RULE", "TRIGGER")


def comment(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a COMMENT, from behind that word to the end."""
    cursor.expect("ON")
    cursor.accept("MATERIALIZED")
    kind = cursor.accept_any(*_COMMENTED)
    if not kind:
        raise NotRead(f"COMMENT ON {cursor.token().key} is not read yet")
    table = None
    if kind == "COLUMN":
        table, name = _column(cursor)
    else:
        name = cursor.qualified()
        table = name if kind == "TABLE" else None
    if cursor.sees("("):
        cursor.parenthesised()
    if kind in _ON_TABLES:
        cursor.expect("ON")
        if cursor.accept("DOMAIN"):
            raise NotRead("COMMENT ON CONSTRAINT … ON DOMAIN is not read yet")
        table = cursor.qualified()
    cursor.expect("IS")
    if not cursor.accept("NULL"):
        if cursor.token().kind is not Kind.STRING:
            raise cursor.surprise("a string")
        cursor.advance()
    cursor.finish()
    return (AlterObject("COMMENT", name, cursor.source, table),)


def _column(cursor: Cursor) -> tuple[Name, Name]:
    """The table and the column of ``schema.table.column``."""
    parts = [cursor.name()]
    while cursor.accept("."):
        parts.append(cursor.label())
    if len(parts) == 2:
        return Name(parts[0]), Name(parts[1])
    if len(parts) == 3:
        return Name(parts[1], parts[0]), Name(parts[2])
    raise NotRead("a column without its table is not read")


# -- GRANT and REVOKE ----------------------------------------------------------------------------------------

_GRANTED = (
    ("ALL", "TABLES", "IN", "SCHEMA"),
    ("ALL", "SEQUENCES", "IN", "SCHEMA"),
    ("ALL", "FUNCTIONS", "IN", "SCHEMA"),
    ("ALL", "PROCEDURES", "IN", "SCHEMA"),
    ("ALL", "ROUTINES", "IN", "SCHEMA"),
    ("TABLE",),
    ("SEQUENCE",),
    ("SCHEMA",),
    ("FUNCTION",),
    ("PROCEDURE",),
    ("ROUTINE",),
    ("DATABASE",),
    ("DOMAIN",),
    ("TYPE",),
    ("LANGUAGE",),
    ("TABLESPACE",),
    ("FOREIGN", "SERVER"),
    ("FOREIGN", "DATA", "WRAPPER"),
)


def grant(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a GRANT, from behind that word to the end; its name is the first that it grants on."""
    return (AlterObject("GRANT", _granted(cursor, "TO"), cursor.source),)


def revoke(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a REVOKE, from behind that word to the end; its name is the first that it revokes on."""
    return (AlterObject("REVOKE", _granted(cursor, "FROM"), cursor.source),)


def _granted(cursor: Cursor, whom: str) -> Name:
    """Passes all of a grant. A role that is granted has its own name."""
    role = cursor.until("ON", whom)
    if cursor.accept("ON"):
        any(cursor.accept(*words) for words in _GRANTED)
        name = cursor.qualified()
        cursor.until(whom)
    else:
        name = Name(role.label())
    cursor.expect(whom)
    if cursor.done:
        raise cursor.surprise("a role")
    cursor.rest()
    return name
