"""Commands that change neither schema nor rows, and those that name what others do."""

from __future__ import annotations

from collections.abc import Callable

from safemigrate.schema.name import Name
from safemigrate.schema.operations import CreateObject, Operation, Query, ServerCommand, SessionCommand
from safemigrate.sql.cursor import Cursor
from safemigrate.sql.tokens import Kind


def command(kind: str, read: Callable[[Cursor], object]) -> Callable[[Cursor], tuple[Operation, ...]]:
    """Reads a command of the session from behind its first word."""

    def operation(cursor: Cursor) -> tuple[Operation, ...]:
        read(cursor)
        cursor.finish()
        return (SessionCommand(kind, cursor.source),)

    return operation


def _notify(cursor: Cursor) -> None:
    cursor.name()
    if cursor.accept(","):
        cursor.string()


def _unlisten(cursor: Cursor) -> None:
    if not cursor.accept("*"):
        cursor.name()


def discard(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a DISCARD, from behind that word to the end; ALL is for no transaction block."""
    what = cursor.accept_any("ALL", "PLANS", "SEQUENCES", "TEMP", "TEMPORARY")
    if not what:
        raise cursor.surprise("ALL, PLANS, SEQUENCES or TEMP")
    if what == "ALL":
        return (ServerCommand("DISCARD", what, cursor.source),)
    return (SessionCommand("DISCARD", cursor.source),)


def _checkpoint(cursor: Cursor) -> None:
    if cursor.sees("("):
        cursor.items()


def _deallocate(cursor: Cursor) -> None:
    if cursor.sees("PREPARE") and cursor.token(1).kind is not Kind.END:
        cursor.advance()
    if not cursor.accept("ALL"):
        cursor.name()


def _close(cursor: Cursor) -> None:
    if not cursor.accept("ALL"):
        cursor.name()


def prepare(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a PREPARE, from behind that word to the end: nothing runs before EXECUTE."""
    cursor.name()
    if cursor.sees("("):
        cursor.items()
    cursor.expect("AS")
    if not cursor.sees_any(("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH", "TABLE", "(")):
        raise cursor.surprise("a query")
    cursor.rest()
    return (SessionCommand("PREPARE", cursor.source),)


def declare(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a DECLARE CURSOR, from behind that word to the end."""
    cursor.name()
    while cursor.accept_any("BINARY", "ASENSITIVE", "INSENSITIVE", "SCROLL", "NO"):
        pass
    cursor.expect("CURSOR")
    if cursor.accept_any("WITH", "WITHOUT"):
        cursor.expect("HOLD")
    cursor.expect("FOR")
    if not cursor.sees_any(("SELECT", "VALUES", "WITH", "TABLE", "(")):
        raise cursor.surprise("a query")
    cursor.rest()
    return (SessionCommand("DECLARE", cursor.source),)


def fetch(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a FETCH or MOVE, from behind that word to the end."""
    if cursor.done:
        raise cursor.surprise("a cursor")
    cursor.rest()
    return (Query((), cursor.source),)


def import_schema(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of an IMPORT FOREIGN SCHEMA, from behind the word IMPORT; its name is the schema it fills."""
    cursor.expect("FOREIGN", "SCHEMA")
    cursor.name()
    if cursor.accept("LIMIT", "TO") or cursor.accept("EXCEPT"):
        cursor.items()
    cursor.expect("FROM", "SERVER")
    cursor.name()
    cursor.expect("INTO")
    name = Name(cursor.name())
    if cursor.accept("OPTIONS"):
        cursor.items()
    return (CreateObject("FOREIGN SCHEMA", name, cursor.source),)


#: by first word; each is read from behind it
COMMANDS: dict[str, Callable[[Cursor], tuple[Operation, ...]]] = {
    "NOTIFY": command("NOTIFY", _notify),
    "LISTEN": command("LISTEN", Cursor.name),
    "UNLISTEN": command("UNLISTEN", _unlisten),
    "DISCARD": discard,
    "CHECKPOINT": command("CHECKPOINT", _checkpoint),
    "LOAD": command("LOAD", Cursor.string),
    "DEALLOCATE": command("DEALLOCATE", _deallocate),
    "CLOSE": command("CLOSE", _close),
    "DECLARE": declare,
    "FETCH": fetch,
    "MOVE": fetch,
    "IMPORT": import_schema,
}
