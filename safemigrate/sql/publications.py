"""Publications and subscriptions."""

from __future__ import annotations

from safemigrate.schema.name import Name
from safemigrate.schema.operations import (
    AlterObject,
    ChangePublication,
    CreateObject,
    CreatePublication,
    Operation,
    ServerCommand,
)
from safemigrate.sql.cursor import Cursor, NotRead

_FALSE = ("FALSE", "OFF", "0", "NONE")


def create_publication(cursor: Cursor) -> Operation:
    """The operation of a CREATE PUBLICATION, from behind these words to the end."""
    name = Name(cursor.name())
    tables: tuple[Name, ...] = ()
    parts: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    everything = cursor.accept("FOR", "ALL", "TABLES")
    if cursor.accept("FOR"):
        tables, parts, schemas = _published(cursor)
    if cursor.accept("WITH"):
        cursor.items()
    return CreatePublication(
        "PUBLICATION", name, cursor.source, tables=tables, schemas=schemas, everything=everything, parts=parts
    )


def _published(cursor: Cursor) -> tuple[tuple[Name, ...], tuple[str, ...], tuple[str, ...]]:
    """Passes what a publication sends: its tables, what part of each, and the schemas of which it sends all."""
    tables: list[Name] = []
    parts: list[str] = []
    schemas: list[str] = []
    whole_schemas: bool | None = None
    while True:
        if cursor.accept("TABLES", "IN", "SCHEMA"):
            whole_schemas = True
        elif cursor.accept("TABLE"):
            whole_schemas = False
        elif whole_schemas is None:
            raise cursor.surprise("TABLE or TABLES IN SCHEMA")
        if whole_schemas:
            # CURRENT_SCHEMA is reserved, and may stand here
            schemas.append(cursor.label())
        else:
            tables.append(_table(cursor))
            parts.append(_part(cursor))
        if not cursor.accept(","):
            return tuple(tables), tuple(parts), tuple(schemas)


def _table(cursor: Cursor) -> Name:
    bracketed = cursor.accept("ONLY") and cursor.accept("(")
    name = cursor.qualified()
    if bracketed:
        cursor.expect(")")
    cursor.accept("*")
    return name


def _part(cursor: Cursor) -> str:
    """The columns of a table, and the condition of its rows, as they are written."""
    begun = cursor.place
    if cursor.sees("("):
        cursor.names()
    if cursor.accept("WHERE"):
        cursor.parenthesised()
    return cursor.since(begun)


def alter_publication(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
    """The operation of an ALTER PUBLICATION from behind the name; None where every object can be altered so."""
    if cursor.sees("SET", "("):
        cursor.advance()
        cursor.items()
        return (ChangePublication("PUBLICATION", name, cursor.source, action="SET PARAMETERS"),)
    action = cursor.accept_any("ADD", "DROP", "SET")
    if not action:
        return None
    tables, parts, schemas = _published(cursor)
    changed = ChangePublication(
        "PUBLICATION", name, cursor.source, action=action, tables=tables, schemas=schemas, parts=parts
    )
    return (changed,)


def create_subscription(cursor: Cursor) -> Operation:
    """The operation of a CREATE SUBSCRIPTION, from behind these words to the end.

    Where it makes its slot on the publisher, as it does unless told otherwise, no transaction block takes it.
    """
    name = Name(cursor.name())
    cursor.expect("CONNECTION")
    cursor.string()
    cursor.expect("PUBLICATION")
    _names(cursor)
    options = _options(cursor) if cursor.accept("WITH") else {}
    if any(options.get(option, "") in _FALSE for option in ("CREATE_SLOT", "CONNECT")):
        return CreateObject("SUBSCRIPTION", name, cursor.source)
    return ServerCommand("CREATE SUBSCRIPTION", name.name, cursor.source)


def _options(cursor: Cursor) -> dict[str, str]:
    found = {}
    for part in cursor.items():
        option = part.label().upper()
        found[option] = part.text.lstrip("= ").strip("'").upper()
    return found


def _names(cursor: Cursor) -> None:
    cursor.name()
    while cursor.accept(","):
        cursor.name()


def alter_subscription(cursor: Cursor, name: Name) -> tuple[Operation, ...] | None:
    """The operation of an ALTER SUBSCRIPTION from behind the name; None where every object can be altered so."""
    if cursor.accept_any("ENABLE", "DISABLE"):
        return (AlterObject("SUBSCRIPTION", name, cursor.source),)
    if cursor.accept("CONNECTION"):
        cursor.string()
        return (AlterObject("SUBSCRIPTION", name, cursor.source),)
    if cursor.accept("SKIP") or cursor.sees("SET", "("):
        cursor.accept("SET")
        cursor.items()
        return (AlterObject("SUBSCRIPTION", name, cursor.source),)
    if cursor.accept("REFRESH"):
        cursor.expect("PUBLICATION")
    elif cursor.accept_any("ADD", "DROP", "SET"):
        cursor.expect("PUBLICATION")
        _names(cursor)
    else:
        return None
    options = _options(cursor) if cursor.accept("WITH") else {}
    if options.get("REFRESH") in _FALSE:
        return (AlterObject("SUBSCRIPTION", name, cursor.source),)
    # it copies what is new, which no transaction block takes
    return (ServerCommand("ALTER SUBSCRIPTION", name.name, cursor.source),)


def drop_subscription(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a DROP SUBSCRIPTION: it drops the slot of the publisher, too."""
    cursor.accept("IF", "EXISTS")
    name = cursor.name()
    if cursor.accept("CASCADE"):
        raise NotRead("a subscription has nothing that depends on it")
    cursor.accept("RESTRICT")
    return (ServerCommand("DROP SUBSCRIPTION", name, cursor.source),)
