"""Statements about the session and its transaction."""

from __future__ import annotations

import re

from safemigrate.schema.operations import Operation, SetParameter, TransactionControl
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.tokens import Kind

_PLAIN = re.compile(r"[a-z_][a-z0-9_$.]*")


def set_parameter(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a SET, from behind that word to the end."""
    local = cursor.accept_any("LOCAL", "SESSION") == "LOCAL"
    if cursor.sees_any(("CONSTRAINTS", "TRANSACTION", "CHARACTERISTICS", "AUTHORIZATION")):
        raise NotRead(f"SET {cursor.token().key} is not read yet")
    if cursor.accept("TIME", "ZONE"):
        return (SetParameter("timezone", _value(cursor), local),)
    if cursor.accept("SCHEMA"):
        return (SetParameter("search_path", _value(cursor), local),)
    name = _parameter(cursor)
    if not (cursor.accept("=") or cursor.accept("TO") or name == "role"):
        raise cursor.surprise("=")
    return (SetParameter(name, _value(cursor), local),)


def reset(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a RESET, from behind that word to the end."""
    if cursor.accept("ALL"):
        name = "all"
    elif cursor.accept("TIME", "ZONE"):
        name = "timezone"
    else:
        name = _parameter(cursor)
    cursor.finish()
    return (SetParameter(name, None),)


def _parameter(cursor: Cursor) -> str:
    name = cursor.label().lower()
    while cursor.accept("."):
        name += f".{cursor.label().lower()}"
    if not _PLAIN.fullmatch(name):
        raise NotRead("a parameter whose name needs quotes is not read")
    return name


def _value(cursor: Cursor) -> str | None:
    """Passes the value to the end: a list is joined by commas, DEFAULT and LOCAL are None."""
    if cursor.token(1).kind is Kind.END and cursor.accept_any("DEFAULT", "LOCAL"):
        return None
    parts = []
    for part in cursor.parts():
        parts.append(part.string() if part.token().kind is Kind.STRING else _plain(part))
        part.finish()
    return ", ".join(parts)


def _plain(part: Cursor) -> str:
    if part.token().kind in (Kind.WORD, Kind.QUOTED):
        return part.label()
    start = part.place
    if part.sees("-") or part.sees("+"):
        part.advance()
    if part.token().kind is not Kind.NUMBER:
        raise part.surprise("a value")
    part.advance()
    return part.since(start)


_WORDS = ("WORK", "TRANSACTION")


def transaction(word: str, cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of BEGIN, COMMIT and their kin, from behind *word* to the end."""
    kind = word
    if word == "START":
        cursor.expect("TRANSACTION")
    elif word in ("SAVEPOINT", "RELEASE"):
        cursor.accept("SAVEPOINT")
        cursor.name()
    else:
        cursor.accept_any(*_WORDS)
    if word in ("BEGIN", "START"):
        _modes(cursor)
    elif cursor.accept("TO"):
        cursor.accept("SAVEPOINT")
        cursor.name()
        # what went before the savepoint goes on
        kind = f"{word} TO"
    elif word in ("COMMIT", "END", "ROLLBACK", "ABORT"):
        cursor.accept("AND", "NO", "CHAIN") or cursor.accept("AND", "CHAIN")
    cursor.finish()
    return (TransactionControl(kind, cursor.source),)


def _modes(cursor: Cursor) -> None:
    words = ("ISOLATION LEVEL SERIALIZABLE REPEATABLE READ COMMITTED UNCOMMITTED ONLY WRITE NOT DEFERRABLE ,").split()
    while cursor.accept_any(*words):
        pass
