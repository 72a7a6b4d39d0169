"""What is said to be PostgreSQL's own is what a server has."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.schema.builtin import EXTENSIONS_WITHOUT_TRIGGERS, TRIGGER_FUNCTIONS, TYPES
from safemigrate.server import Server

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


@pytest.mark.parametrize(
    ("expected", "query"),
    [(TYPES, _TYPES), (TRIGGER_FUNCTIONS | {"trigger_in"}, _TRIGGERS)],
    ids=["types", "functions"],
)
def test_a_server_has_these_and_no_others(expected: frozenset[str], query: str, server: Server) -> None:
    with psycopg.connect(server.url) as connection:
        assert expected == {name for (name,) in connection.execute(query.encode()).fetchall()}


def test_no_extension_that_is_said_to_bring_none_brings_a_function_for_triggers(server: Server) -> None:
    url = server.create_database("extensions")
    with psycopg.connect(url, autocommit=True) as connection:
        available = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions").fetchall()}
        asked = EXTENSIONS_WITHOUT_TRIGGERS & available
        for name in sorted(asked):
            connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE'.encode())
        bring = {name for (name,) in connection.execute(_OF_EXTENSIONS).fetchall()}
    server.drop_database("extensions")
    assert len(asked) > 20
    assert set() == bring
