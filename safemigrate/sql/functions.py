"""CREATE FUNCTION, PROCEDURE and AGGREGATE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from safemigrate.schema.model import Volatility
from safemigrate.schema.operations import CreateFunction, Operation
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.session import setting
from safemigrate.sql.tokens import Kind, Unterminated
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


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument of a function; *mode* is empty where none is written, *optional* where it has a default."""

    name: str
    type: str
    mode: str
    optional: bool


_Reader = Callable[[Cursor, _Draft], None]


def create_function(cursor: Cursor, kind: str, *, or_replace: bool) -> Operation:
    """The operation of a CREATE FUNCTION or PROCEDURE, from behind that word to the end.

    Making a function runs nothing of its body.
    """
    name = cursor.qualified()
    arguments = _arguments(cursor.parenthesised())
    given = [argument for argument in arguments if argument.mode != "OUT"]
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
        arguments=tuple(argument.type for argument in given),
        required=sum(not argument.optional for argument in given),
        returns=_result(arguments, returns) if kind == "FUNCTION" else returns,
        language=draft.language or "sql",
        volatility=draft.volatility,
        security_definer=draft.security_definer,
        settings=tuple(draft.settings),
        body=draft.body,
    )


def parameters(text: str) -> tuple[tuple[str, bool], ...] | None:
    """The name of each argument that a call gives to what CREATE FUNCTION *text* makes, empty where it has none, and
    whether it has a default; None where it cannot be read."""
    try:
        cursor = Cursor.over(text)
        cursor.until("(")
        arguments = _arguments(cursor.parenthesised())
    except (NotRead, Unterminated):
        return None
    return tuple((argument.name, argument.optional) for argument in arguments if argument.mode != "OUT")


def _arguments(inside: Cursor) -> tuple[_Argument, ...]:
    found = []
    for part in inside.parts() if not inside.done else ():
        mode = _mode(part)
        name, type_, later_mode = _named_type(part)
        optional = bool(part.accept_any("DEFAULT", "="))
        if optional:
            part.rest()
        part.finish()
        found.append(_Argument(name, type_, mode or later_mode, optional))
    return tuple(found)


def _mode(part: Cursor) -> str:
    mode = part.accept_any(*_MODES)
    return "INOUT" if mode == "IN" and part.accept("OUT") else mode


def _named_type(part: Cursor) -> tuple[str, str, str]:
    """Passes an argument up to its default: its name, its type, and the mode that stands behind the name."""
    try:
        ahead = part.fork()
        written = function_type(ahead)
        if ahead.done or ahead.sees_any(("DEFAULT", "=")):
            function_type(part)
            return "", written, ""
    except NotRead:
        pass
    name, mode = part.label(), _mode(part)
    return name, function_type(part), mode


def _result(arguments: tuple[_Argument, ...], returns: str) -> str:
    """What a function gives: what RETURNS says, or the arguments that it sets, where that is nothing more."""
    out = [argument for argument in arguments if "OUT" in argument.mode]
    if not out or returns not in ("", "record", "SETOF record"):
        return returns
    row = f"record({', '.join(f'{argument.name} {argument.type}' for argument in out)})"
    return "SETOF " * returns.startswith("SETOF ") + (row if len(out) > 1 else out[0].type)


def function_type(cursor: Cursor) -> str:
    """Passes a type as functions have them: SETOF, and ``table.column%TYPE``, too.

    PostgreSQL keeps no modifier of it, and of an array only that it is one.
    """
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
    type_ = read_type(cursor)
    name = "interval" if type_.name.startswith("interval ") else type_.name
    return prefix + replace(type_, name=name, arguments=(), dimensions=min(type_.dimensions, 1)).sql()


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
            found += (argument.type for argument in _arguments(part) if argument.mode != "OUT")
    return tuple(found)
