"""GRANT, REVOKE, ALTER DEFAULT PRIVILEGES and REASSIGN OWNED."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from safemigrate.schema.name import Name
from safemigrate.schema.operations import AlterObject, Grant, Operation, Revoke
from safemigrate.sql.cursor import Cursor
from safemigrate.sql.tokens import Kind
from safemigrate.sql.triggers import role, roles

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
    ("PARAMETER",),
    ("LARGE", "OBJECT"),
    ("FOREIGN", "SERVER"),
    ("FOREIGN", "DATA", "WRAPPER"),
)
_CALLED = ("FUNCTION", "PROCEDURE", "ROUTINE")
_DEFAULTED = ("TABLES", "SEQUENCES", "FUNCTIONS", "ROUTINES", "TYPES", "SCHEMAS", "LARGE OBJECTS")


#: reads what stands behind ON
_Objects = Callable[[Cursor], tuple[str, tuple[Name, ...]]]


@dataclass(frozen=True, slots=True)
class _Granted:
    """Everything up to TO or FROM."""

    privileges: tuple[str, ...]
    columns: tuple[str, ...]
    on: str = ""
    names: tuple[Name, ...] = ()


def grant(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a GRANT, from behind that word to the end; its name is the first that it grants on."""
    return (_grant(cursor, "GRANT", _objects),)


def revoke(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a REVOKE, from behind that word to the end; its name is the first that it revokes on."""
    return (_revoke(cursor, "REVOKE", _objects),)


def default_privileges(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of an ALTER DEFAULT PRIVILEGES, from behind these words: it concerns what will be made."""
    while word := cursor.accept_any("IN", "FOR"):
        if word == "IN":
            cursor.expect("SCHEMA")
        elif not cursor.accept_any("ROLE", "USER"):
            raise cursor.surprise("ROLE")
        roles(cursor)
    if cursor.accept("GRANT"):
        return (_grant(cursor, "DEFAULT PRIVILEGES", _defaulted),)
    cursor.expect("REVOKE")
    return (_revoke(cursor, "DEFAULT PRIVILEGES", _defaulted),)


def _grant(cursor: Cursor, kind: str, objects: _Objects) -> Grant:
    granted = _granted(cursor, objects)
    cursor.expect("TO")
    whom = roles(cursor)
    if cursor.accept("WITH"):
        _grant_options(cursor)
    _granted_by(cursor)
    return Grant(kind, _first(granted), cursor.source, None, *_fields(granted, whom))


def _revoke(cursor: Cursor, kind: str, objects: _Objects) -> Revoke:
    for option in ("GRANT", "ADMIN", "INHERIT", "SET"):
        cursor.accept(option, "OPTION", "FOR")
    granted = _granted(cursor, objects)
    cursor.expect("FROM")
    whom = roles(cursor)
    _granted_by(cursor)
    cascades = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    return Revoke(kind, _first(granted), cursor.source, None, *_fields(granted, whom), cascade=cascades)


def _fields(
    granted: _Granted, whom: tuple[str, ...]
) -> tuple[str, tuple[Name, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return granted.on, granted.names, granted.privileges, whom, granted.columns


def _first(granted: _Granted) -> Name:
    """The first object; the first role where roles are granted; nothing where objects to come are meant."""
    if granted.on:
        return granted.names[0] if granted.names else Name("")
    return Name(granted.privileges[0])


def _granted(cursor: Cursor, objects: _Objects) -> _Granted:
    words, columns = _privileges(cursor)
    if not cursor.accept("ON"):
        return _Granted(tuple(words), ())
    on, names = objects(cursor)
    upper = (word.upper() for word in words)
    return _Granted(tuple(upper), tuple(dict.fromkeys(columns)), on, names)


def _privileges(cursor: Cursor) -> tuple[list[str], list[str]]:
    """Privileges or roles, folded, and the columns beside them."""
    words: list[str] = []
    columns: list[str] = []
    while True:
        word = cursor.label()
        if word == "all":
            cursor.accept("PRIVILEGES")
        elif word == "alter" and cursor.accept("SYSTEM"):
            word = "alter system"
        words.append(word)
        if cursor.sees("("):
            columns += cursor.names()
        if not cursor.accept(","):
            return words, columns


def _objects(cursor: Cursor) -> tuple[str, tuple[Name, ...]]:
    on = next((" ".join(words) for words in _GRANTED if _stands(cursor, words) and cursor.accept(*words)), "TABLE")
    names = [_object(cursor, on)]
    while cursor.accept(","):
        names.append(_object(cursor, on))
    return on, tuple(names)


def _stands(cursor: Cursor, words: tuple[str, ...]) -> bool:
    """Whether *words* say a kind here, and are not the name of a table."""
    return cursor.sees(*words) and cursor.token(len(words)).key not in ("TO", "FROM", ",", ".")


def _object(cursor: Cursor, on: str) -> Name:
    if on == "LARGE OBJECT":
        if cursor.token().kind is not Kind.NUMBER:
            raise cursor.surprise("a number")
        return Name(cursor.written(cursor.advance()))
    if on == "PARAMETER":
        return Name(".".join(cursor.dotted()))
    name = cursor.qualified()
    if on in _CALLED and cursor.sees("("):
        cursor.parenthesised()
    return name


def _defaulted(cursor: Cursor) -> tuple[str, tuple[Name, ...]]:
    for kind in _DEFAULTED:
        if cursor.accept(*kind.split()):
            return f"DEFAULT PRIVILEGES {kind}", ()
    raise cursor.surprise("TABLES, SEQUENCES, FUNCTIONS, TYPES or SCHEMAS")


def _grant_options(cursor: Cursor) -> None:
    """Passes GRANT OPTION, ADMIN OPTION, or the list that PostgreSQL 16 has for memberships."""
    while True:
        cursor.label()
        if not cursor.accept("OPTION"):
            cursor.label()
        if not cursor.accept(","):
            return


def _granted_by(cursor: Cursor) -> None:
    if cursor.accept("GRANTED", "BY"):
        role(cursor)


def reassign(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a REASSIGN OWNED, from behind that word to the end."""
    cursor.expect("OWNED", "BY")
    first = roles(cursor)[0]
    cursor.expect("TO")
    role(cursor)
    return (AlterObject("REASSIGN OWNED", Name(first), cursor.source),)
