"""The names of constraints and indexes in the replayed schema, compared with those of a server."""

from __future__ import annotations

import psycopg
import pytest
from sql_cases import Case, cases, replayed

CASES = cases("names.sql")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES])
def test_schema_has_the_names_that_postgresql_chooses(case: Case, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in (*case.given, case.statement):
            connection.execute(statement)
        constraints = connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
        ).fetchall()
        indexes = connection.execute(
            "SELECT indrelid::regclass::text, relname FROM pg_index JOIN pg_class ON oid = indexrelid"
            " WHERE relnamespace = 'public'::regnamespace"
        ).fetchall()
    tables = replayed((*case.given, case.statement)).tables.values()
    assert sorted(constraints) == sorted(
        (str(table.name).removeprefix("public."), name) for table in tables for name in table.constraints
    )
    assert sorted(indexes) == sorted(
        (str(table.name).removeprefix("public."), name) for table in tables for name in table.indexes
    )
