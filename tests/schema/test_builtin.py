"""What is said to be PostgreSQL's own is what a server has."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from safemigrate.schema import Name
from safemigrate.schema.builtin import (
    EXTENSIONS_WITHOUT_TRIGGERS,
    FUNCTIONS,
    FUNCTIONS_OF_EXTENSIONS,
    TRIGGER_FUNCTIONS,
    TYPES,
    TYPES_OF_EXTENSIONS,
    is_builtin_function,
)
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
# what takes or gives cstring or internal is for PostgreSQL itself
_CALLABLE = (
    "prorettype NOT IN ('internal'::regtype, 'cstring'::regtype)"
    " AND NOT ('internal'::regtype = ANY (proargtypes) OR 'cstring'::regtype = ANY (proargtypes))"
)
_FUNCTIONS = (
    f"SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND {_CALLABLE}"
    " AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'language_handler'::regtype)"
)
_EXTENSION_FUNCTIONS = (
    "SELECT extname, proname FROM pg_extension e LEFT JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e'"
    f" AND d.classid = 'pg_proc'::regclass LEFT JOIN pg_proc p ON p.oid = d.objid AND {_CALLABLE}"
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


def test_a_server_has_the_functions_that_are_said_to_be_its_own_and_no_others(server: Server) -> None:
    with psycopg.connect(server.url) as connection:
        found = {name for (name,) in connection.execute(_FUNCTIONS.encode()).fetchall()}
    assert found >= FUNCTIONS
    assert {name for name in found if not is_builtin_function(Name(name))} == set()


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


def test_extensions_bring_the_functions_that_they_are_said_to_bring(extended: Connection) -> None:
    found: dict[str, set[str]] = {}
    for extension, function in extended.execute(_EXTENSION_FUNCTIONS.encode()).fetchall():
        own = function is not None and not is_builtin_function(Name(function))
        found.setdefault(extension, set()).update({function} if own else ())
    asked = found.keys() & FUNCTIONS_OF_EXTENSIONS.keys()
    assert len(asked) >= 8
    said = {name: {f for f in FUNCTIONS_OF_EXTENSIONS[name] if not is_builtin_function(Name(f))} for name in asked}
    assert said == {name: found[name] for name in asked}
