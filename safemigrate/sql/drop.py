"""DROP: one operation a name."""

from __future__ import annotations

from safemigrate.schema.operations import DropIndex, DropObject, DropTable, Operation, ServerCommand
from safemigrate.sql.alter_table import cascade
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.publications import drop_subscription
from safemigrate.sql.references import Reference, kind, reference

# the longer before the shorter that begins like it
_KINDS = (
    "TABLE",
    "INDEX",
    "VIEW",
    "MATERIALIZED VIEW",
    "SEQUENCE",
    "TYPE",
    "DOMAIN",
    "SCHEMA",
    "EXTENSION",
    "STATISTICS",
    "COLLATION",
    "CONVERSION",
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "AGGREGATE",
    "EVENT TRIGGER",
    "TRIGGER",
    "POLICY",
    "RULE",
    "PUBLICATION",
    "FOREIGN TABLE",
    "FOREIGN DATA WRAPPER",
    "SERVER",
    "USER MAPPING",
    "ROLE",
    "USER",
    "GROUP",
    "OWNED BY",
    "LANGUAGE",
    "PROCEDURAL LANGUAGE",
    "ACCESS METHOD",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "OPERATOR",
    "CAST",
    "TRANSFORM",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
)
#: other words for one thing
SYNONYMS = {"USER": "ROLE", "GROUP": "ROLE", "PROCEDURAL LANGUAGE": "LANGUAGE"}
# PostgreSQL drops only one of these at a time
_ALONE = ("TRIGGER", "POLICY", "RULE", "USER MAPPING", "CAST", "TRANSFORM", "OPERATOR CLASS", "OPERATOR FAMILY")


def drop(cursor: Cursor) -> tuple[Operation, ...]:
    """The operations of a DROP, from behind that word to the end."""
    if cursor.accept("SUBSCRIPTION"):
        return drop_subscription(cursor)
    server = cursor.accept_any("DATABASE", "TABLESPACE")
    if server:
        return _from_server(cursor, server)
    written = kind(cursor, _KINDS)
    if not written:
        raise NotRead(f"DROP {cursor.token().key} is not read yet")
    what = SYNONYMS.get(written, written)
    concurrently = what == "INDEX" and cursor.accept("CONCURRENTLY")
    if_exists = what != "OWNED BY" and cursor.accept("IF", "EXISTS")
    dropped = [reference(cursor, what)]
    while what not in _ALONE and cursor.accept(","):
        dropped.append(reference(cursor, what))
    cascades = cascade(cursor)
    cursor.finish()
    if what == "TABLE":
        return tuple(DropTable(each.name, if_exists, cascades) for each in dropped)
    if what == "INDEX":
        return tuple(DropIndex(each.name, concurrently, if_exists, cascades) for each in dropped)
    return tuple(_dropped(each, what, if_exists, cascades, cursor.source) for each in dropped)


def _dropped(each: Reference, kind: str, if_exists: bool, cascades: bool, source: str) -> DropObject:
    text = "" if each.named else source
    return DropObject(kind, each.name, if_exists, cascades, each.signature, each.table, text, each.arguments)


def _from_server(cursor: Cursor, kind: str) -> tuple[Operation, ...]:
    cursor.accept("IF", "EXISTS")
    name = cursor.name()
    if kind == "DATABASE":
        cursor.accept("WITH")
        if cursor.sees("("):
            cursor.items()
    return (ServerCommand(f"DROP {kind}", name, cursor.source),)
