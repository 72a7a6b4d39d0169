"""What a change of type does to values and to those who send them: PostgreSQL is asked."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.rulebook.retyping import Loss, is_taken, loss, same_to_a_driver, unlike
from safemigrate.schema import Answer, Type
from safemigrate.schema.operations import ChangeType
from safemigrate.sql import read

TYPES = [
    text.strip()
    for text in """
    smallint, integer, bigint, numeric, real, double precision, boolean, date, time, timetz, timestamp, timestamptz,
    interval, uuid, json, jsonb, bytea, inet, cidr, text, varchar, char(5), money, bit(3), varbit, integer[], text[]
""".split(",")
]


def type_of(text: str) -> Type:
    (operation,) = read(f"ALTER TABLE t ALTER c TYPE {text}")
    assert isinstance(operation, ChangeType)
    return operation.type


@pytest.mark.parametrize("old", TYPES)
def test_postgresql_takes_what_we_say(database: str, old: str) -> None:
    expected, taken = {}, {}
    with psycopg.connect(database, autocommit=True) as connection:
        for new in TYPES:
            connection.execute("DROP TABLE IF EXISTS t")
            connection.execute(f"CREATE TABLE t (c {old})")
            taken[new] = is_taken(type_of(old), type_of(new))
            try:
                connection.execute(f"ALTER TABLE t ALTER c TYPE {new}")
                expected[new] = Answer.YES
            except psycopg.Error:
                expected[new] = Answer.NO
    assert expected == taken


def test_types_of_the_users_own_are_not_known() -> None:
    assert is_taken(type_of("text"), type_of("mood")) is Answer.UNKNOWN
    assert is_taken(type_of("mood"), type_of("integer")) is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"),
    [
        ("text", "varchar(3)", "'abcd'", Loss.REFUSED),
        ("varchar(5)", "varchar(3)", "'abcd'", Loss.REFUSED),
        ("varchar(3)", "varchar(5)", "'abc'", Loss.NONE),
        ("varchar(5)", "text", "'abcd'", Loss.NONE),
        ("text", "char", "'ab'", Loss.REFUSED),
        ("bigint", "integer", "3000000000", Loss.REFUSED),
        ("integer", "bigint", "3", Loss.NONE),
        ("integer", "smallint", "40000", Loss.REFUSED),
        ("numeric(8,2)", "numeric(6,2)", "123456.78", Loss.REFUSED),
        ("numeric(8,2)", "numeric(8,1)", "123456.78", Loss.ROUNDED),
        ("numeric(8,2)", "numeric(10,2)", "123456.78", Loss.NONE),
        ("numeric(8,2)", "numeric", "123456.78", Loss.NONE),
        ("numeric", "numeric(8,2)", "1.234", Loss.ROUNDED),
        ("numeric(8,2)", "integer", "1.5", Loss.ROUNDED),
        ("integer", "numeric(5,2)", "123456", Loss.REFUSED),
        ("integer", "numeric", "123456", Loss.NONE),
        ("double precision", "real", "1.23456789012", Loss.ROUNDED),
        ("bigint", "double precision", "9007199254740993", Loss.ROUNDED),
        ("integer", "real", "16777217", Loss.ROUNDED),
        ("integer", "double precision", "16777217", Loss.NONE),
        ("smallint", "real", "32767", Loss.NONE),
        ("timestamp", "timestamp(0)", "'2024-01-01 10:00:00.5'", Loss.ROUNDED),
        ("timestamp(0)", "timestamp", "'2024-01-01 10:00:00'", Loss.NONE),
        ("timestamp", "date", "'2024-01-01 10:00:00'", Loss.ROUNDED),
        ("date", "timestamp", "'2024-01-01'", Loss.NONE),
        ("varbit", "bit varying(2)", "B'101'", Loss.REFUSED),
    ],
)
def test_values_are_lost_as_we_say(database: str, old: str, new: str, value: str, expected: Loss) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE t (c {old}, d {old})")
        connection.execute(f"INSERT INTO t VALUES ({value}, {value})")
        try:
            connection.execute(f"ALTER TABLE t ALTER c TYPE {new}")
            same = "c::text::numeric = d::text::numeric" if value[0].isdigit() else f"c::{old} = d"
            row = connection.execute(f"SELECT {same} FROM t").fetchone()
            happened = Loss.NONE if row == (True,) else Loss.ROUNDED
        except psycopg.errors.DataError:
            happened = Loss.REFUSED
    assert expected == happened
    assert expected == loss(type_of(old), type_of(new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("varchar(5)", "text", True),
        ("integer", "bigint", True),
        ("integer", "numeric", False),
        ("integer", "text", False),
        ("timestamp", "timestamptz", False),
        ("text", "mood", False),
        ("text", "text[]", False),
        ("json", "jsonb", True),
    ],
)
def test_what_a_driver_tells_apart(old: str, new: str, expected: bool) -> None:
    assert expected is same_to_a_driver(type_of(old), type_of(new))


@pytest.mark.parametrize(
    ("old", "new", "query"),
    [("json", "jsonb", "SELECT json_array_length({})"), ("jsonb", "json", "SELECT jsonb_array_length({})")],
)
def test_functions_of_one_type_refuse_the_other(database: str, old: str, new: str, query: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        assert connection.execute(query.format(f"'[]'::{old}").encode()).fetchone() == (0,)
        with pytest.raises(psycopg.errors.UndefinedFunction):
            connection.execute(query.format(f"'[]'::{new}").encode())
    assert same_to_a_driver(type_of(old), type_of(new))
    assert unlike(type_of(old), type_of(new))


def test_citext_finds_what_text_does_not(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS citext")
        assert connection.execute("SELECT 'a'::text = 'A'").fetchone() == (False,)
        assert connection.execute("SELECT 'a'::citext = 'A'").fetchone() == (True,)
    assert unlike(type_of("text"), type_of("citext"))
    assert unlike(type_of("citext"), type_of("varchar"))
    assert unlike(type_of("text"), type_of("varchar")) == ""
