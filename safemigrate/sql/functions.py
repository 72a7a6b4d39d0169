"""CREATE FUNCTION, PROCEDURE and AGGREGATE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from safemigrate.schema.model import Volatility
from safemigrate.schema.operations import CreateFunction, Operation
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.session import setting
from safemigrate.sql.tokens import Kind
from safemigrate.sql.types import read_type

_MODES = ("IN", "OUT", "INOUT", "VARIADIC")


@dataclass(slots=True)
class _Draft:
    """A function while its options are read."""

    language: str = ""
    volatility: Volatility = Volatility.VOLATILE
    security_definer: bool = False
    settings: list[str] = field(default_factory=list)
    body: str = ""


_Reader = Callable[[Cursor, _Draft], None]


def create_function(cursor: Cursor, kind: str, *, or_replace: bool) -> Operation:
    """The operation of a CREATE FUNCTION or PROCEDURE, from behind that word to the end.

    Making a function runs nothing of its body.
    """
    name = cursor.qualified()
    arguments, required = _arguments(cursor.parenthesised())
    returns = _returns(cursor) if cursor.accept("RETURNS") else ""
    draft = _Draft()
    while not cursor.done:
        if not (_option(cursor, draft) or _body(cursor, draft)):
            raise cursor.surprise("an option of the function")
    if not draft.body and not draft.language:
        raise NotRead(f"a {kind.lower()} without a body is not read")
    return CreateFunction(
        kind,
        name,
        cursor.source,
        or_replace,
        arguments=arguments,
        required=required,
        returns=returns,
        language=draft.language or "sql",
        volatility=draft.volatility,
        security_definer=draft.security_definer,
        settings=tuple(draft.settings),
        body=draft.body,
    )


def _arguments(inside: Cursor) -> tuple[tuple[str, ...], int]:
    """The types of the arguments that a call gives, and how many of them have no default."""
    types: list[str] = []
    required = 0
    for part in inside.parts() if not inside.done else ():
        mode = part.accept_any(*_MODES)
        if mode == "IN" and part.accept("OUT"):
            mode = "INOUT"
        written, later_mode = _argument_type(part)
        mode = mode or later_mode
        optional = bool(part.accept_any("DEFAULT", "="))
        if optional:
            part.rest()
        part.finish()
        if mode != "OUT":
            types.append(written)
            required += not optional
    return tuple(types), required


def _argument_type(part: Cursor) -> tuple[str, str]:
    """Passes an argument up to its default, and returns its type, and the mode that stands behind its name."""
    try:
        ahead = part.fork()
        written = function_type(ahead)
        if ahead.done or ahead.sees_any(("DEFAULT", "=")):
            function_type(part)
            return written, ""
    except NotRead:
        pass
    part.label()
    mode = part.accept_any(*_MODES)
    if mode == "IN" and part.accept("OUT"):
        mode = "INOUT"
    return function_type(part), mode


def function_type(cursor: Cursor) -> str:
    """Passes a type as functions have them: SETOF, and ``table.column%TYPE``, too."""
    prefix = "SETOF " * cursor.accept("SETOF")
    ahead = cursor.fork()
    try:
        column = ahead.dotted()
    except NotRead:
        column = ()
    if len(column) > 1 and ahead.accept("%", "TYPE"):
        cursor.dotted()
        cursor.expect("%", "TYPE")
        return f"{prefix}{'.'.join(column)}%TYPE"
    return prefix + read_type(cursor).sql()


def _returns(cursor: Cursor) -> str:
    if cursor.sees("NULL"):
        raise cursor.surprise("a type")
    if cursor.accept("TABLE"):
        columns = []
        for part in cursor.items():
            columns.append(f"{part.name()} {function_type(part)}")
            part.finish()
        return f"TABLE({', '.join(columns)})"
    return function_type(cursor)


# -- options -------------------------------------------------------------------------------------------------


def _option(cursor: Cursor, draft: _Draft) -> bool:
    for words, read in _OPTIONS:
        if cursor.accept(*words):
            read(cursor, draft)
            return True
    return False


def option(cursor: Cursor) -> bool:
    """Passes one of the options that ALTER FUNCTION takes, too, and tells whether there was one."""
    return not cursor.sees_any(("LANGUAGE", "TRANSFORM", "WINDOW")) and _option(cursor, _Draft())


def _language(cursor: Cursor, draft: _Draft) -> None:
    draft.language = cursor.string().lower() if cursor.token().kind is Kind.STRING else cursor.label()


def _volatility(volatility: Volatility) -> _Reader:
    def read(cursor: Cursor, draft: _Draft) -> None:
        draft.volatility = volatility

    return read


def _security(definer: bool) -> _Reader:
    def read(cursor: Cursor, draft: _Draft) -> None:
        draft.security_definer = definer

    return read


def _set(cursor: Cursor, draft: _Draft) -> None:
    draft.settings.append(setting(cursor))


def _reset(cursor: Cursor, draft: _Draft) -> None:
    cursor.label()
    while cursor.accept("."):
        cursor.label()


def _value(cursor: Cursor, draft: _Draft) -> None:
    cursor.accept("-")
    if cursor.advance().kind is not Kind.NUMBER:
        raise cursor.surprise("a number")


def _name(cursor: Cursor, draft: _Draft) -> None:
    cursor.qualified()


def _transform(cursor: Cursor, draft: _Draft) -> None:
    while True:
        cursor.expect("FOR", "TYPE")
        read_type(cursor)
        if not cursor.accept(","):
            return


def _nothing(cursor: Cursor, draft: _Draft) -> None:
    """A word that changes nothing we ask about."""


_OPTIONS: tuple[tuple[tuple[str, ...], _Reader], ...] = (
    (("LANGUAGE",), _language),
    (("IMMUTABLE",), _volatility(Volatility.CONSTANT)),
    (("STABLE",), _volatility(Volatility.STABLE)),
    (("VOLATILE",), _volatility(Volatility.VOLATILE)),
    (("EXTERNAL", "SECURITY", "DEFINER"), _security(True)),
    (("SECURITY", "DEFINER"), _security(True)),
    (("EXTERNAL", "SECURITY", "INVOKER"), _security(False)),
    (("SECURITY", "INVOKER"), _security(False)),
    (("SET",), _set),
    (("RESET",), _reset),
    (("COST",), _value),
    (("ROWS",), _value),
    (("SUPPORT",), _name),
    (("PARALLEL",), _name),
    (("TRANSFORM",), _transform),
    (("STRICT",), _nothing),
    (("CALLED", "ON", "NULL", "INPUT"), _nothing),
    (("RETURNS", "NULL", "ON", "NULL", "INPUT"), _nothing),
    (("LEAKPROOF",), _nothing),
    (("NOT", "LEAKPROOF"), _nothing),
    (("WINDOW",), _nothing),
)


def _body(cursor: Cursor, draft: _Draft) -> bool:
    if cursor.accept("AS"):
        draft.body = cursor.string()
        if cursor.accept(","):
            # the file of a C function, and its symbol
            cursor.string()
            draft.body = ""
            draft.language = draft.language or "c"
        return True
    if cursor.accept("RETURN"):
        draft.body = f"SELECT {cursor.rest().text}"
        return True
    if cursor.accept("BEGIN", "ATOMIC"):
        body = cursor.rest().text
        if body[-3:].upper() != "END":
            raise NotRead("a body that is never closed")
        draft.body = body[:-3].strip()
        draft.language = draft.language or "sql"
        return True
    return False


# -- aggregates ----------------------------------------------------------------------------------------------


def create_aggregate(cursor: Cursor, *, or_replace: bool) -> Operation:
    """The operation of a CREATE AGGREGATE, from behind that word to the end; every aggregate is immutable."""
    name = cursor.qualified()
    first = cursor.parenthesised()
    arguments: tuple[str, ...] = ()
    if cursor.sees("("):
        arguments = argument_types(first)
        cursor.items()
    return CreateFunction(
        "AGGREGATE",
        name,
        cursor.source,
        or_replace,
        arguments=arguments,
        required=len(arguments),
        language="internal",
        volatility=Volatility.CONSTANT,
    )


def argument_types(inside: Cursor) -> tuple[str, ...]:
    """The types of the arguments by which ALTER and DROP tell functions of one name apart."""
    if inside.accept("*") or inside.done:
        return ()
    direct = inside.until("ORDER")
    ordered = inside if inside.accept("ORDER", "BY") else None
    found: list[str] = []
    for part in (direct, ordered):
        if part is not None and not part.done:
            found += _arguments(part)[0]
    return tuple(found)
