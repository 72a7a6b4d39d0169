"""Keys alike in one CREATE TABLE, as the schema has them and as PostgreSQL has them."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.schema import Name, Schema, after
from safemigrate.schema.model import PrimaryKey, Unique
from safemigrate.sql import read

CASES = (
    "a int, PRIMARY KEY (a), CONSTRAINT u UNIQUE (a)",
    "a int, CONSTRAINT u UNIQUE (a), CONSTRAINT p PRIMARY KEY (a)",
    "a int UNIQUE, b int, CONSTRAINT u UNIQUE (a)",
    "a int, CONSTRAINT u UNIQUE (a), CONSTRAINT v UNIQUE (a)",
    "a int UNIQUE, UNIQUE (a)",
    "a int, b int, CONSTRAINT u UNIQUE (a, b), CONSTRAINT v UNIQUE (b, a)",
    "a int, CONSTRAINT u UNIQUE (a) DEFERRABLE, CONSTRAINT v UNIQUE (a)",
    "a int, b int, CONSTRAINT u UNIQUE (a) INCLUDE (b), CONSTRAINT v UNIQUE (a)",
    "a int PRIMARY KEY, CONSTRAINT u UNIQUE (a) DEFERRABLE",
    "a int, CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a), CONSTRAINT v UNIQUE (a)",
)


@pytest.mark.parametrize("columns", CASES)
def test_of_keys_alike_one_is_made(database: str, columns: str) -> None:
    sql = f"CREATE TABLE t ({columns})"
    with psycopg.connect(database) as connection:
        connection.execute(sql)
        rows = connection.execute("SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u')").fetchall()

    schema = Schema(complete=True)
    for operation in read(sql):
        schema = after(operation, schema)
    table = schema.table(Name("t"))

    assert table is not None
    made = {name for name, key in table.constraints.items() if isinstance(key, Unique | PrimaryKey)}
    assert {str(name) for (name,) in rows if not str(name).startswith("pg_")} == made
