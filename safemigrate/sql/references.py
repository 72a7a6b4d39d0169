"""How ALTER, DROP, COMMENT and SECURITY LABEL say which object they are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from safemigrate.schema.name import Name
from safemigrate.schema.operations import AlterObject, Operation
from safemigrate.sql.cursor import Cursor, is_reserved
from safemigrate.sql.functions import argument_types
from safemigrate.sql.tokens import Kind
from safemigrate.sql.triggers import role
from safemigrate.sql.types import read_type


@dataclass(frozen=True, slots=True)
class Reference:
    """An object: its name, and what PostgreSQL needs beside that.

    *signature* is as written: the arguments of a function, ``USING`` of an operator class. *table* is what a
    trigger, policy or rule stands on. *named* is False where the name is none (a cast, an operator).
    """

    name: Name
    signature: str = ""
    table: Name | None = None
    named: bool = True
    arguments: tuple[str, ...] | None = None


_CALLED = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE")


def kind(cursor: Cursor, known: tuple[str, ...]) -> str:
    """Passes the words of one of *known* kinds and returns it, empty where none stands here."""
    return next((kind for kind in known if cursor.accept(*kind.split())), "")


def reference(cursor: Cursor, kind: str) -> Reference:
    """Passes what says which object of *kind* is meant."""
    return _SHAPES.get(kind, _named)(cursor)


def called(operation: Operation, kind: str, found: Reference) -> Operation:
    """The operation on a function with what tells the function from others of its name; every other as it is."""
    if kind not in _CALLED or not isinstance(operation, AlterObject):
        return operation
    return replace(operation, routine=kind, arguments=found.arguments)


def _named(cursor: Cursor) -> Reference:
    return Reference(cursor.qualified())


def _plain(cursor: Cursor) -> Reference:
    return Reference(Name(cursor.name()))


def _role(cursor: Cursor) -> Reference:
    # CURRENT_USER in quotes would be a role of that name
    named = not is_reserved(cursor.token())
    return Reference(Name(role(cursor)), named=named)


def _called(cursor: Cursor) -> Reference:
    name, start = cursor.qualified(), cursor.place
    if not cursor.sees("("):
        return Reference(name)
    inside = cursor.parenthesised()
    return Reference(name, cursor.since(start), arguments=argument_types(inside))


def _on_table(cursor: Cursor) -> Reference:
    name = Name(cursor.name())
    cursor.expect("ON")
    return Reference(name, table=cursor.qualified())


def _using(cursor: Cursor) -> Reference:
    name, start = cursor.qualified(), cursor.place
    cursor.expect("USING")
    cursor.name()
    return Reference(name, f" {cursor.since(start)}")


def _operator(cursor: Cursor) -> Reference:
    start = cursor.place
    while cursor.token().kind in (Kind.WORD, Kind.QUOTED) and cursor.token(1).key == ".":
        cursor.advance()
        cursor.advance()
    if cursor.token().kind is not Kind.SYMBOL or cursor.sees("("):
        raise cursor.surprise("an operator")
    while cursor.token().kind is Kind.SYMBOL and not cursor.sees("("):
        cursor.advance()
    name = cursor.since(start)
    cursor.items()
    return Reference(Name(name), named=False)


def _cast(cursor: Cursor) -> Reference:
    inside = cursor.parenthesised()
    name = inside.text
    read_type(inside)
    inside.expect("AS")
    read_type(inside)
    inside.finish()
    return Reference(Name(name), named=False)


def _transform(cursor: Cursor) -> Reference:
    start = cursor.place
    cursor.expect("FOR")
    read_type(cursor)
    cursor.expect("LANGUAGE")
    cursor.name()
    return Reference(Name(cursor.since(start)), named=False)


def _mapping(cursor: Cursor) -> Reference:
    start = cursor.place
    cursor.expect("FOR")
    if not cursor.accept("USER"):
        role(cursor)
    cursor.expect("SERVER")
    cursor.name()
    return Reference(Name(cursor.since(start)), named=False)


def _large_object(cursor: Cursor) -> Reference:
    if cursor.token().kind is not Kind.NUMBER:
        raise cursor.surprise("a number")
    return Reference(Name(cursor.written(cursor.advance())), named=False)


_SHAPES: dict[str, Callable[[Cursor], Reference]] = {
    **dict.fromkeys(_CALLED, _called),
    **dict.fromkeys(("TRIGGER", "POLICY", "RULE"), _on_table),
    **dict.fromkeys(("OPERATOR CLASS", "OPERATOR FAMILY"), _using),
    **dict.fromkeys(("ROLE", "USER", "GROUP", "OWNED BY"), _role),
    **dict.fromkeys(
        (
            "ACCESS METHOD",
            "DATABASE",
            "EVENT TRIGGER",
            "EXTENSION",
            "FOREIGN DATA WRAPPER",
            "LANGUAGE",
            "PUBLICATION",
            "SCHEMA",
            "SERVER",
            "SUBSCRIPTION",
            "TABLESPACE",
        ),
        _plain,
    ),
    "OPERATOR": _operator,
    "CAST": _cast,
    "TRANSFORM": _transform,
    "USER MAPPING": _mapping,
    "LARGE OBJECT": _large_object,
}
