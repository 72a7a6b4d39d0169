"""The options of sequences and of identities."""

from __future__ import annotations

from safemigrate.schema.name import Name
from safemigrate.sql.cursor import Cursor
from safemigrate.sql.tokens import Kind
from safemigrate.sql.types import read_type


def options_of_sequence(cursor: Cursor) -> bool:
    """Passes options of a sequence, with SET before them or not, and tells whether there was any."""
    start = cursor.place
    while _option(cursor):
        pass
    return cursor.place > start


def owner_of_sequence(text: str) -> tuple[Name, str] | None:
    """The table and the column that OWNED BY of a statement on a sequence names; None where it names none."""
    cursor = Cursor.over(text)
    cursor.until("OWNED")
    if not cursor.accept("OWNED", "BY"):
        return None
    parts = cursor.dotted()
    # NONE is one word
    return (Name(parts[-2], parts[-3] if len(parts) > 2 else None), parts[-1]) if len(parts) > 1 else None


def _option(cursor: Cursor) -> bool:
    ahead = cursor.fork()
    ahead.accept("SET")
    if not _named_option(ahead):
        return False
    cursor.accept("SET")
    _named_option(cursor)
    return True


def _named_option(cursor: Cursor) -> bool:
    if cursor.accept("GENERATED"):
        return cursor.accept("ALWAYS") or cursor.accept("BY", "DEFAULT")
    if cursor.accept("NO"):
        return bool(cursor.accept_any("MINVALUE", "MAXVALUE", "CYCLE"))
    if cursor.accept("OWNED", "BY"):
        _owner(cursor)
        return True
    if cursor.accept("AS"):
        read_type(cursor)
        return True
    if cursor.accept("SEQUENCE", "NAME"):
        cursor.qualified()
        return True
    if cursor.accept_any("CYCLE", "LOGGED", "UNLOGGED"):
        return True
    if cursor.accept("RESTART"):
        cursor.accept("WITH")
        _number(cursor)
        return True
    if cursor.accept_any("START", "INCREMENT", "MINVALUE", "MAXVALUE", "CACHE"):
        cursor.accept_any("WITH", "BY")
        return _number(cursor)
    return False


def _owner(cursor: Cursor) -> None:
    """Passes ``schema.table.column``, ``table.column`` or ``NONE``."""
    cursor.name()
    while cursor.accept("."):
        cursor.label()


def _number(cursor: Cursor) -> bool:
    if cursor.sees("-") or cursor.sees("+"):
        cursor.advance()
    if cursor.token().kind is not Kind.NUMBER:
        return False
    cursor.advance()
    return True
