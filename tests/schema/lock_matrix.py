"""The matrix of locks and work: every case of the fixtures, on a server of any major."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psycopg
from sql_cases import Case, cases

from safemigrate.schema import Footprint, after, combined, footprint
from safemigrate.schema.operations import Unreadable
from safemigrate.server import Server
from safemigrate.sql import read
from safemigrate.verify.concurrent import observe_concurrent
from safemigrate.verify.observe import Observed, disagreements, finer_disagreements, observe

#: the fixtures whose statements no transaction takes
CONCURRENT = "concurrent"
FOLDER = Path(__file__).parent / "lock_cases"

_numbers = count(1)


@dataclass(frozen=True)
class Located:
    """A case and the fixture it stands in."""

    theme: str
    case: Case

    def __str__(self) -> str:
        return f"{self.theme}: {self.case.title}"


def matrix() -> tuple[Located, ...]:
    """Every case of the matrix."""
    themes = {"basics": "locks.sql"} | {path.stem: f"lock_cases/{path.name}" for path in sorted(FOLDER.glob("*.sql"))}
    return tuple(Located(theme, case) for theme, path in themes.items() for case in cases(path))


def prepare(server: Server) -> None:
    """Gives the server what the cases name beside a database: a tablespace in its own folder."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        known = connection.execute("SELECT FROM pg_tablespace WHERE spcname = 'elsewhere'").fetchone()
        if known is None:
            connection.execute("CREATE TABLESPACE elsewhere LOCATION ''")


def seen(located: Located, server: Server) -> Observed:
    """What the server does. Raises psycopg.Error where it refuses the statement or what comes before it."""
    made: list[str] = []

    def make() -> str:
        name = f"matrix_{next(_numbers)}"
        url = server.create_database(name)
        made.append(name)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in located.case.given:
                connection.execute(statement.encode())
        return url

    try:
        if located.theme == CONCURRENT:
            return observe_concurrent(make, located.case.statement)
        name = f"matrix_{next(_numbers)}"
        url = server.create_database(name)
        made.append(name)
        with (
            psycopg.connect(url, autocommit=True) as connection,
            psycopg.connect(url, autocommit=True) as prober,
        ):
            for statement in located.case.given:
                connection.execute(statement.encode())
            return observe(connection, located.case.statement, prober=prober)
    finally:
        for name in made:
            server.drop_database(name)


def model(case: Case, postgres: int | None) -> Footprint:
    """The footprint of all that the statement does, each operation on the schema that the one before left."""
    schema, footprints = case.schema(), []
    for operation in case.operations():
        footprints.append(footprint(operation, schema, postgres=postgres))
        schema = after(operation, schema)
    return combined(footprints)


def unread(case: Case) -> Iterator[str]:
    """What of the case is not read."""
    for text in (*case.given, case.statement):
        yield from (op.reason for op in read(text) if isinstance(op, Unreadable))


def compared(located: Located, observed: Observed, postgres: int | None) -> Iterable[str]:
    """Where the model and the server differ, a sentence each."""
    footprint = model(located.case, postgres)
    if located.case.at_least:
        named = observed.locks.keys() & {lock.table for lock in footprint.locks}
        observed = replace(observed, locks={table: observed.locks[table] for table in named})
    unseen = observed.existing if located.case.at_most else frozenset()
    yield from disagreements(footprint, observed, unseen=unseen)
    yield from finer_disagreements(footprint, observed, unseen=unseen)
