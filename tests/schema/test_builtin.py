"""What is said to be PostgreSQL's own is what a server has."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from safemigrate.schema.builtin import EXTENSIONS_WITHOUT_TRIGGERS, TRIGGER_FUNCTIONS, TYPES, TYPES_OF_EXTENSIONS
from safemigrate.server import Server

Connection = psycopg.Connection[tuple[str, str | None]]

_TYPES = (
    "SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm')"
    " AND typname !~ '^(_|pg_)'"
)
_TRIGGERS = (
    "SELECT proname FROM pg_proc WHERE prorettype = 'trigger'::regtype AND pronamespace = 'pg_catalog'::regnamespace"
    " AND proname !~ '^RI_'"
)
_OF_EXTENSIONS = (
    "SELECT extname FROM pg_extension e JOIN pg_depend d ON d.refobjid = e.oid AND d.classid = 'pg_proc'::regclass"
    " JOIN pg_proc p ON p.oid = d.objid WHERE p.prorettype = 'trigger'::regtype"
)
_EXTENSION_TYPES = (
    "SELECT extname, typname FROM pg_extension e LEFT JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e'"
    " AND d.classid = 'pg_type'::regclass LEFT JOIN pg_type t ON t.oid = d.objid AND typname !~ '^_'"
)


@pytest.mark.parametrize(
    ("expected", "query"),
    [(TYPES, _TYPES), (TRIGGER_FUNCTIONS | {"trigger_in"}, _TRIGGERS)],
    ids=["types", "functions"],
)
def test_a_server_has_these_and_no_others(expected: frozenset[str], query: str, server: Server) -> None:
    with psycopg.connect(server.url) as connection:
        assert expected == {name for (name,) in connection.execute(query.encode()).fetchall()}


@pytest.fixture
def extended(server: Server) -> Iterator[Connection]:
    """A database with every extension that something is said of, as far as the server has it."""
    url = server.create_database("extensions")
    with psycopg.connect(url, autocommit=True) as connection:
        available = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions").fetchall()}
        for name in sorted((EXTENSIONS_WITHOUT_TRIGGERS | TYPES_OF_EXTENSIONS.keys()) & available):
            connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE'.encode())
        yield connection
    server.drop_database("extensions")


def test_extensions_bring_no_function_for_triggers_that_are_said_to_bring_none(extended: Connection) -> None:
    there = {name for (name,) in extended.execute("SELECT extname FROM pg_extension").fetchall()}
    bring = {name for (name,) in extended.execute(_OF_EXTENSIONS).fetchall()}
    assert len(there & EXTENSIONS_WITHOUT_TRIGGERS) > 20
    assert set() == bring & EXTENSIONS_WITHOUT_TRIGGERS


def test_extensions_bring_the_types_that_they_are_said_to_bring(extended: Connection) -> None:
    found: dict[str, set[str]] = {}
    for extension, type_ in extended.execute(_EXTENSION_TYPES).fetchall():
        found.setdefault(extension, set()).update({type_} if type_ else ())
    asked = found.keys() & TYPES_OF_EXTENSIONS.keys()
    assert len(asked) > 15
    assert {name: TYPES_OF_EXTENSIONS[name] for name in asked} == {name: found[name] for name in asked}
