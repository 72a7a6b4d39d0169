"""Statements about the session and its transaction."""

from __future__ import annotations

import re

from safemigrate.schema.name import quoted
from safemigrate.schema.operations import Operation, SessionCommand, SetParameter, TransactionControl
from safemigrate.sql.cursor import Cursor
from safemigrate.sql.tokens import Kind

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


def set_parameter(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a SET, from behind that word to the end."""
    local = cursor.accept_any("LOCAL", "SESSION") == "LOCAL"
    if cursor.accept("XML", "OPTION"):
        return (SetParameter("xmloption", _value(cursor), local),)
    if local and cursor.accept("SESSION", "AUTHORIZATION"):
        return (SessionCommand("SET LOCAL SESSION AUTHORIZATION", cursor.rest().source),)
    if cursor.sees_any(_COMMANDS) and cursor.token(1).key != "=":
        return (_command(cursor),)
    if cursor.accept("TIME", "ZONE"):
        return (SetParameter("timezone", _value(cursor), local),)
    if cursor.accept("SCHEMA"):
        return (SetParameter("search_path", _value(cursor), local),)
    name = _parameter(cursor)
    if not (cursor.accept("=") or cursor.accept("TO") or name == "role"):
        raise cursor.surprise("=")
    return (SetParameter(name, _value(cursor), local),)


_COMMANDS = ("CONSTRAINTS", "TRANSACTION", "CHARACTERISTICS", "AUTHORIZATION")


def _command(cursor: Cursor) -> SessionCommand:
    """The SETs that set no parameter."""
    kind = f"SET {cursor.advance().key}"
    if kind == "SET CONSTRAINTS":
        if not cursor.accept("ALL"):
            cursor.qualified()
            while cursor.accept(","):
                cursor.qualified()
        if not cursor.accept_any("DEFERRED", "IMMEDIATE"):
            raise cursor.surprise("DEFERRED or IMMEDIATE")
    elif kind == "SET AUTHORIZATION":
        kind = "SET SESSION AUTHORIZATION"
        cursor.string() if cursor.token().kind is Kind.STRING else cursor.label()
    elif cursor.accept("SNAPSHOT"):
        cursor.string()
    else:
        if kind == "SET CHARACTERISTICS":
            kind = "SET SESSION CHARACTERISTICS"
            cursor.expect("AS", "TRANSACTION")
        if not _modes(cursor):
            raise cursor.surprise("a mode of the transaction")
    return SessionCommand(kind, cursor.source)


def reset(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a RESET, from behind that word to the end."""
    if cursor.accept("SESSION", "AUTHORIZATION"):
        return (SessionCommand("RESET SESSION AUTHORIZATION", cursor.source),)
    if cursor.accept("ALL"):
        name = "all"
    elif cursor.accept("TIME", "ZONE"):
        name = "timezone"
    else:
        name = _parameter(cursor)
    cursor.finish()
    return (SetParameter(name, None),)


def _parameter(cursor: Cursor) -> str:
    parts = [cursor.label().lower()]
    while cursor.accept("."):
        parts.append(cursor.label().lower())
    return ".".join(part if _PLAIN.fullmatch(part) else quoted(part) for part in parts)


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


def setting(cursor: Cursor) -> str:
    """Passes what follows SET in the definition of a function, role or database, and returns the parameter's name."""
    if cursor.accept("TIME", "ZONE"):
        name = "timezone"
    else:
        name = _parameter(cursor)
        if cursor.accept("FROM", "CURRENT"):
            return name
        if not (cursor.accept("=") or cursor.accept("TO")):
            raise cursor.surprise("=")
    while True:
        if cursor.token().kind is Kind.STRING:
            cursor.string()
        else:
            _plain(cursor)
        if not cursor.accept(","):
            return name


_WORDS = ("WORK", "TRANSACTION")


def transaction(word: str, cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of BEGIN, COMMIT and their kin, from behind *word* to the end."""
    kind = word
    if cursor.accept("PREPARED"):
        cursor.string()
        cursor.finish()
        return (TransactionControl(f"{word} PREPARED", cursor.source),)
    if word == "START":
        cursor.expect("TRANSACTION")
    elif word == "PREPARE":
        cursor.expect("TRANSACTION")
        cursor.string()
        kind = "PREPARE TRANSACTION"
    elif word in ("SAVEPOINT", "RELEASE"):
        if cursor.token(1).kind is not Kind.END:
            cursor.accept("SAVEPOINT")
        cursor.name()
    else:
        cursor.accept_any(*_WORDS)
    if word in ("BEGIN", "START"):
        _modes(cursor)
    elif cursor.accept("TO"):
        if cursor.token(1).kind is not Kind.END:
            cursor.accept("SAVEPOINT")
        cursor.name()
        # what went before the savepoint goes on
        kind = f"{word} TO"
    elif word in ("COMMIT", "END", "ROLLBACK", "ABORT"):
        cursor.accept("AND", "NO", "CHAIN") or cursor.accept("AND", "CHAIN")
    cursor.finish()
    return (TransactionControl(kind, cursor.source),)


def _modes(cursor: Cursor) -> bool:
    """Passes the modes of a transaction, and tells whether there was any."""
    start = cursor.place
    while any(cursor.accept(*words.split()) for words in _MODES):
        cursor.accept(",")
    return cursor.place > start


_MODES = (
    "ISOLATION LEVEL SERIALIZABLE",
    "ISOLATION LEVEL REPEATABLE READ",
    "ISOLATION LEVEL READ COMMITTED",
    "ISOLATION LEVEL READ UNCOMMITTED",
    "READ ONLY",
    "READ WRITE",
    "NOT DEFERRABLE",
    "DEFERRABLE",
)
