"""What counts as out of step in columns that are converted into others."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from safemigrate.apply.synced import out_of_step
from safemigrate.plan.losses import Synced
from safemigrate.schema import Name

SPLIT = Synced(
    Name("people"),
    ("a", "b"),
    ("code",),
    ("number", "rest"),
    (("number", "substr(code, 1, 1)::int"), ("rest", "nullif(substr(code, 2), '')")),
    (("code", "number::text || coalesce(rest, '')"),),
)
STABLE = Synced(Name("people"), ("a", "b"), ("code",), ("rest",), (("rest", "concat(code)"),), (("code", "rest"),))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("'1x', 1, 'x'", 0),
        ("'1', 1, NULL", 0),
        ("NULL, NULL, NULL", 0),
        ("'1x', NULL, NULL", 1),
        ("'1x', 2, 'x'", 1),
        ("'1x', 1, NULL", 1),
        # what the old side cannot hold is not lost with it
        ("NULL, 2, 'x'", 0),
        # one side is what the other gives, though not the other way round
        ("'01x', 0, '1x'", 0),
    ],
)
def test_a_row_is_in_step_where_one_side_is_what_the_other_gives(database: str, row: str, expected: int) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (code text, number int, rest text)")
        connection.execute(f"INSERT INTO people VALUES ({row})".encode())
        assert out_of_step(connection, SPLIT)[1] == expected


def test_of_what_cannot_be_computed_again_only_empty_rows_count(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (code text, number int, rest text)")
        connection.execute("INSERT INTO people VALUES ('x', 1, NULL), ('y', NULL, NULL), ('1', 2, NULL)")
        assert out_of_step(connection, SPLIT)[1] == 1
        # concat depends on the session
        connection.execute("UPDATE people SET rest = 'other' WHERE code = 'x'")
        assert out_of_step(connection, STABLE) == (
            "rest IS NULL AND code IS NOT NULL AND NOT ((concat(code)) IS NULL)",
            2,
        )


def test_a_value_without_a_counterpart_is_not_one_that_was_not_filled(database: str) -> None:
    found = replace(STABLE, up=(("rest", "nullif(concat(code), 'none')"),))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (code text, rest text)")
        connection.execute("INSERT INTO people VALUES ('none', NULL), ('x', NULL), ('y', 'y')")
        assert out_of_step(connection, found)[1] == 1
