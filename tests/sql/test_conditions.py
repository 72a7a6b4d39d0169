"""What conditions come out as where columns hold NULL: what we say is what PostgreSQL answers."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.sql import choice, may_meet, outcomes

CONDITIONS = [
    "a > 0",
    "a IS NOT NULL",
    "a NOTNULL",
    "a IS NULL OR b > 0",
    "a IS NOT NULL AND b > 0",
    "NOT (a > 1 AND b IS NOT NULL)",
    "coalesce(a, 0) > 0",
    "coalesce(a, b) > 0",
    "num_nonnulls(a, b) = 1",
    "a IN (1, 2)",
    "a NOT IN (1, 2)",
    "a BETWEEN 1 AND 2",
    "a IS DISTINCT FROM b",
    "(a IS NULL) = (b IS NULL)",
    "length(a::text) > 3",
    "a::text LIKE 'x%'",
    "a::text NOT LIKE 'x%'",
    "a::text ~ '^x'",
    "(a > 1) IS TRUE",
    "(a > 1) IS NOT TRUE",
    "b IS NOT NULL OR a > 0",
    "a + b > 0",
    "CASE WHEN a IS NULL THEN false ELSE true END",
    "true",
    "NULL",
    "1 = 2",
]


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("null", [frozenset("a"), frozenset("ab")], ids=["a", "a and b"])
def test_every_answer_of_postgresql_is_among_the_outcomes(
    database: str, condition: str, null: frozenset[str]
) -> None:
    values = {c: "(NULL::integer)" if c in null else "(NULL::integer), (0), (1), (2)" for c in "ab"}
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            f"SELECT ({condition})::boolean FROM (VALUES {values['a']}) AS x (a), (VALUES {values['b']}) AS y (b)"  # type: ignore[arg-type]
        ).fetchall()
    assert {row[0] for row in rows} <= outcomes(condition, null)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a > 0", {None}),
        ("a IS NOT NULL", {False}),
        ("a IS NULL OR b > 0", {True}),
        ("coalesce(a, 0) > 0", {True, False}),
        ("a IN (1, 2)", {None}),
        ("a::text NOT LIKE 'x%'", {None}),
        ("a IS NOT NULL AND b > 0", {False}),
        ("num_nonnulls(a, b) = 1", {True, False, None}),
        ("a <!", {True, False, None}),
    ],
)
def test_outcomes_are_as_few_as_can_be_told(condition: str, expected: set[bool | None]) -> None:
    assert expected == outcomes(condition, frozenset("a"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("status IN ('a', 'b')", ("status", frozenset("ab"))),
        ("(status::text = ANY (ARRAY['a'::text, 'b'::text]))", ("status", frozenset("ab"))),
        ("\"Status\" = 'a'", ("Status", frozenset("a"))),
        ("status NOT IN ('a')", None),
        ("status IN (other, 'a')", None),
        ("status IN ('a') AND id > 0", None),
        ("status > 'a'", None),
        ("status IN (SELECT 'a')", None),
    ],
)
def test_choice(condition: str, expected: object) -> None:
    assert expected == choice(condition)


@pytest.mark.parametrize("condition", [*CONDITIONS, "a = 1", "b = 1 AND (a = 2 OR a IS NULL)", "a = 1 OR b = 1"])
@pytest.mark.parametrize("value", ["1", "0"])
def test_what_no_row_of_a_value_meets_postgresql_does_not_meet(database: str, condition: str, value: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            f"SELECT ({condition})::boolean FROM (VALUES ({value})) AS x (a), (VALUES (NULL), (0), (1), (2)) AS y (b)"  # type: ignore[arg-type]
        ).fetchall()
    assert may_meet(condition, "a", value) or (True,) not in rows


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("a = 'x'", "'y'", False),
        ("a = 'x'", "'x'", True),
        ("a IN ('x', 'y') AND b > 0", "'z'", False),
        ("(a IS NULL)", "'x'", False),
        ("a IS NULL", "NULL", True),
        ("a = 'x'", "lower(a)", True),
        ("a = 'x'", "b", True),
        ("b = 'x'", "'y'", True),
        ("a = 'x' OR b = 'x'", "'y'", True),
        ("a > 'x'", "'y'", True),
        ("a <!", "'y'", True),
    ],
)
def test_what_a_value_may_meet(condition: str, value: str, expected: bool) -> None:
    assert may_meet(condition, "a", value) is expected
