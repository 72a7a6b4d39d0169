"""A table under a sync or fill trigger on a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from safemigrate.schema import Column, Name, Type
from safemigrate.schema.casts import equal_is_alike
from safemigrate.schema.operations import AddColumn
from safemigrate.schema.sync import CreateFillFunction, CreateSyncFunction, CreateSyncTrigger

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """A connection in autocommit to an empty database."""
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def run(connection: Connection) -> Callable[[str], list[tuple[object, ...]]]:
    """Runs a statement and returns its rows, if it has any."""

    def run(statement: str) -> list[tuple[object, ...]]:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture(params=["by image", "by value"])
def sync(request: pytest.FixtureRequest, connection: Connection) -> Callable[[Name, str, str, str], None]:
    """Does what expand does in a rename: adds the new column, without a default, and keeps it equal to the old.

    Values of a type whose equal values are alike may be compared either way, and the same comes of it.
    """

    def sync(table: Name, old: str, new: str, type_: str = "text") -> None:
        by_value = request.param == "by value" and equal_is_alike(Type(type_), None)
        with connection.transaction():
            for operation in (
                AddColumn(table, Column(new, Type(type_))),
                CreateSyncFunction(table, old, new, by_value),
                CreateSyncTrigger(table, new, old, by_value),
            ):
                connection.execute(operation.sql().encode())

    return sync


@pytest.fixture
def fill(connection: Connection) -> Callable[[Name, str, str], None]:
    """Gives a column the value of an expression wherever a row would carry NULL in it."""

    def fill(table: Name, column: str, expression: str) -> None:
        with connection.transaction():
            for operation in (CreateFillFunction(table, column, expression), CreateSyncTrigger(table, column)):
                connection.execute(operation.sql().encode())

    return fill
