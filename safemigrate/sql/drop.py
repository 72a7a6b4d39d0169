"""DROP: one operation a name."""

from __future__ import annotations

from safemigrate.schema.name import Name
from safemigrate.schema.operations import DropIndex, DropObject, DropTable, Operation
from safemigrate.sql.alter_table import cascade
from safemigrate.sql.cursor import Cursor, NotRead

_KINDS = (
    ("TABLE",),
    ("INDEX",),
    ("VIEW",),
    ("MATERIALIZED", "VIEW"),
    ("SEQUENCE",),
    ("TYPE",),
    ("DOMAIN",),
    ("SCHEMA",),
    ("EXTENSION",),
    ("STATISTICS",),
    ("COLLATION",),
    ("FUNCTION",),
    ("PROCEDURE",),
    ("ROUTINE",),
    ("AGGREGATE",),
    ("TRIGGER",),
    ("POLICY",),
    ("RULE",),
)
_CALLED = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE")
_ON_TABLES = ("TRIGGER", "POLICY", "RULE")


def drop(cursor: Cursor) -> tuple[Operation, ...]:
    """The operations of a DROP, from behind that word to the end."""
    kind = next((" ".join(words) for words in _KINDS if cursor.accept(*words)), "")
    if not kind:
        raise NotRead(f"DROP {cursor.token().key} is not read yet")
    concurrently = kind == "INDEX" and cursor.accept("CONCURRENTLY")
    if_exists = cursor.accept("IF", "EXISTS")
    dropped = [_dropped(cursor, kind)]
    while cursor.accept(","):
        dropped.append(_dropped(cursor, kind))
    cascades = cascade(cursor)
    cursor.finish()
    if kind == "TABLE":
        return tuple(DropTable(name, if_exists, cascades) for name, _, _ in dropped)
    if kind == "INDEX":
        return tuple(DropIndex(name, concurrently, if_exists, cascades) for name, _, _ in dropped)
    return tuple(DropObject(kind, name, if_exists, cascades, signature, table) for name, signature, table in dropped)


def _dropped(cursor: Cursor, kind: str) -> tuple[Name, str, Name | None]:
    """The name, the signature of a function, and the table that a trigger, policy or rule stands on."""
    name = cursor.qualified()
    start = cursor.place
    if kind in _CALLED and cursor.sees("("):
        cursor.parenthesised()
    signature = cursor.since(start)
    table = None
    if kind in _ON_TABLES:
        cursor.expect("ON")
        table = cursor.qualified()
    return name, signature, table
