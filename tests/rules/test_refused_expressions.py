"""What is said to change with time, user or setting does so on a server."""

from __future__ import annotations

import psycopg

from safemigrate.rulebook.refusals.expressions import CHANGING

VOLATILITIES = """
SELECT proname, array_agg(DISTINCT provolatile::text) FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY (%s) GROUP BY proname
"""


def test_no_form_of_these_functions_is_immutable(database: str) -> None:
    with psycopg.connect(database) as connection:
        found = dict(connection.execute(VOLATILITIES, (sorted(CHANGING),)).fetchall())
    assert found.keys() == CHANGING
    assert {name for name, letters in found.items() if "i" in letters} == set()
