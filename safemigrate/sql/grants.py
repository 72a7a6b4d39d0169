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

    each: tuple[tuple[str, str], ...]
    on: str = ""
    names: tuple[Name, ...] = ()

    @property
    def first(self) -> Name:
        """The first object; the first role where roles are granted; nothing where objects to come are meant."""
        if self.on:
            return self.names[0] if self.names else Name("")
        return Name(self.each[0][0])


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
    found = _granted(cursor, objects)
    cursor.expect("TO")
    whom = roles(cursor)
    grantable = cursor.accept("WITH") and _grant_options(cursor)
    _granted_by(cursor)
    return Grant(kind, found.first, cursor.source, None, found.on, found.names, found.each, whom, grantable)


def _revoke(cursor: Cursor, kind: str, objects: _Objects) -> Revoke:
    grantable = cursor.accept("GRANT", "OPTION", "FOR")
    for option in ("ADMIN", "INHERIT", "SET"):
        cursor.accept(option, "OPTION", "FOR")
    found = _granted(cursor, objects)
    cursor.expect("FROM")
    whom = roles(cursor)
    _granted_by(cursor)
    cascades = cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    return Revoke(
        kind, found.first, cursor.source, None, found.on, found.names, found.each, whom, grantable, cascades
    )


def _granted(cursor: Cursor, objects: _Objects) -> _Granted:
    words = _privileges(cursor)
    if not cursor.accept("ON"):
        return _Granted(tuple(words))
    on, names = objects(cursor)
    return _Granted(tuple((word.upper(), column) for word, column in words), on, names)


def _privileges(cursor: Cursor) -> list[tuple[str, str]]:
    """Privileges or roles, folded, each with the column beside it."""
    words: list[tuple[str, str]] = []
    while True:
        word = cursor.label()
        if word == "all":
            cursor.accept("PRIVILEGES")
        elif word == "alter" and cursor.accept("SYSTEM"):
            word = "alter system"
        columns = cursor.names() if cursor.sees("(") else ("",)
        words += [(word, column) for column in columns]
        if not cursor.accept(","):
            return words


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


def _grant_options(cursor: Cursor) -> bool:
    """Passes GRANT OPTION, ADMIN OPTION, or the list that PostgreSQL 16 has for memberships; whether it is the
    first."""
    grantable = cursor.sees("GRANT", "OPTION")
    while True:
        cursor.label()
        if not cursor.accept("OPTION"):
            cursor.label()
        if not cursor.accept(","):
            return grantable


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
