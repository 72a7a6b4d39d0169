"""What a server does with a change beside a running version: refuses it, writes or reads whole tables, breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg.errors import Diagnostic

Connection = psycopg.Connection[tuple[object, ...]]
#: runs the change, and tells by which SQLSTATE it was refused
Change = Callable[[Connection], str | None]
#: what the running version sends, and how it is answered before any change
Workload = Mapping[str, object]

_FILES = (
    "SELECT oid::regclass::text, relfilenode FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace IN"
    " (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_|information_schema')"
)
_WORK = re.compile(r'(?:rewriting|verifying) table "(?P<table>\w+)"|building index .* table "(?P<indexed>\w+)"')
# a driver makes one type of text and varchar
_TEXTS = (_TEXT, _) = (25, 1043)
#: a constraint that its own rows break: the statement would be refused here, and the running version elsewhere
OF_ROWS = "23"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server did with a change: how it refused it, the files it wrote anew, the tables that it went through,
    and the statements of the running version that were answered otherwise behind it."""

    refused: str | None
    rewritten: frozenset[str]
    worked_on: frozenset[str]
    broken: tuple[str, ...]


def seen(url: str, workload: Workload, change: Change) -> Seen:
    """What the server of *url* does with the change, and with the *workload* of the running version behind it."""
    with psycopg.connect(url, autocommit=True) as connection:
        notices: list[str] = []

        def note(said: Diagnostic) -> None:
            notices.append(said.message_primary or "")

        connection.add_notice_handler(note)
        before = _files(connection)
        connection.execute("SET client_min_messages = debug1")
        refused = change(connection)
        connection.execute("SET client_min_messages = error")
        after = _files(connection)
        found = _answers(connection, workload) if refused is None else workload
    named = {table.rpartition(".")[2] for table in before}
    matches = [match for notice in notices if (match := _WORK.match(notice))]
    return Seen(
        refused,
        frozenset(table for table, file in before.items() if after.get(table, file) != file),
        frozenset(match["table"] or match["indexed"] for match in matches) & named,
        tuple(sql for sql, answer in workload.items() if found[sql] != answer),
    )


def answered(url: str, statements: Iterable[str]) -> Workload:
    """The statements with the answers of the server of *url*, which keeps none of the rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        return _answers(connection, statements)


def does(hazard: str, what: Seen) -> bool:
    """Whether the server did what the hazard says, as far as one connection can see it."""
    by_rows = what.refused is not None and what.refused.startswith(OF_ROWS)
    match hazard:
        case "fails":
            return what.refused is not None
        case "rewrites-table":
            return what.refused is None and bool(what.rewritten)
        case "breaks-old":
            return by_rows or (what.refused is None and bool(what.broken))
        case _:
            return by_rows or what.refused is None or hazard == "unreadable"


def _files(connection: Connection) -> dict[str, int]:
    return dict(connection.execute(_FILES).fetchall())  # type: ignore[arg-type]


def _answers(connection: Connection, statements: Iterable[str]) -> Workload:
    """How the server answers each statement of the running version: the rows it changed, the types it gave."""
    found: dict[str, object] = {}
    for sql in statements:
        with connection.transaction(force_rollback=True):
            try:
                connection.execute("SET LOCAL ROLE app")
                cursor = connection.execute(sql)
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                columns = cursor.description or ()
                changed = None if columns else cursor.rowcount
                found[sql] = (changed, [_TEXT if c.type_code in _TEXTS else c.type_code for c in columns])
            except psycopg.Error as error:
                found[sql] = error.sqlstate
    return found
