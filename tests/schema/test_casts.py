"""Which changes of a type rewrite the table, proved against a server over a table of pairs."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.schema import Type, Work
from safemigrate.schema.casts import equal_is_alike, rewrites, takes_all
from safemigrate.schema.operations import AddColumn
from safemigrate.sql import read
from safemigrate.verify.observe import observe

TYPES = """
    smallint; integer; bigint; numeric; numeric(10,2); numeric(12,2); numeric(12,4); numeric(10); real
    double precision; text; character varying; character varying(10); character varying(20); character(10)
    character(20); name; timestamp without time zone; timestamp(3) without time zone
    timestamp(0) without time zone; timestamp with time zone; timestamp(3) with time zone; date
    time without time zone; time(3) without time zone; time with time zone; time(3) with time zone
    interval; interval(3); bit(4); bit(8); bit varying; bit varying(4); bit varying(8); inet; cidr; macaddr
    macaddr8; json; jsonb; xml; uuid; boolean; bytea; money; integer[]; bigint[]; text[]
    character varying(10)[]; character varying(20)[]; oid; regclass; citext
"""
NAMES = [name.strip() for line in TYPES.strip().splitlines() for name in line.split(";")]


def type_of(name: str) -> Type:
    (operation,) = read(f"ALTER TABLE t ADD COLUMN c {name}")
    assert isinstance(operation, AddColumn), operation
    assert operation.column.type is not None
    return operation.column.type


@pytest.mark.parametrize("old", NAMES)
def test_model_rewrites_what_postgresql_rewrites(old: str, database: str) -> None:
    wrong = []
    tried = 0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION citext")
        for new in NAMES:
            connection.execute("DROP TABLE IF EXISTS t")
            connection.execute(f"CREATE TABLE t (c {old})")
            try:
                observed = observe(connection, f"ALTER TABLE t ALTER COLUMN c TYPE {new}")
            except (psycopg.errors.DatatypeMismatch, psycopg.errors.CannotCoerce):
                # no cast without USING, which always counts as a rewrite
                continue
            tried += 1
            if rewrites(type_of(old), type_of(new)) != (observed.work is Work.REWRITE):
                wrong.append(f"{old} to {new}: PostgreSQL does {observed.work.value}")
    assert tried
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


# by type, values at its ends and in unlike spellings of equal ones
VALUES = {
    "boolean": "true; false",
    "smallint": "-32768; 0; 32767",
    "integer": "-2147483648; 0; 2147483647",
    "bigint": "-9223372036854775808; 0; 9223372036854775807",
    "oid": "0; 4294967295",
    "numeric": "1.0; 1.00; 'NaN'; 'Infinity'; 1e400",
    "numeric(10,2)": "-99999999.99; 1.0",
    "numeric(12,2)": "9999999999.99; 1.0",
    "real": "0; '-0'; 3e38; 'NaN'",
    "double precision": "0; '-0'; 1e308; '-Infinity'",
    "text": "''; 'a'; 'A'; 'a '; repeat('x', 9000); '{'",
    "character varying": "''; 'a'; 'A'; 'a '; repeat('x', 9000)",
    "character varying(10)": "''; 'a'; 'a  '; 'xxxxxxxxxx'",
    "character varying(20)": "''; 'a'; 'xxxxxxxxxxxxxxxxxxxx'",
    "character(10)": "''; 'a'; 'a  '",
    "citext": "'Bob'; 'bob'",
    "uuid": "'00000000-0000-0000-0000-000000000000'; 'FFFFFFFF-0000-0000-0000-000000000000'",
    "bytea": "''; '\\x00ff'",
    "date": "'4713-01-01 BC'; '5874897-12-31'; 'infinity'",
    "timestamp without time zone": "'4713-01-01 BC'; '294276-12-31'; 'infinity'; '2020-01-01 00:00:00.123456'",
    "timestamp(3) without time zone": "'4713-01-01 BC'; '294276-12-31'; '2020-01-01 00:00:00.123456'",
    "timestamp with time zone": "'4713-01-02 BC'; '294276-12-30'; '-infinity'; '2020-01-01 00:00:00.123456+05'",
    "time without time zone": "'00:00'; '24:00'",
    "time with time zone": "'00:00+00'; '01:00+01'",
    "interval": "'1 day'; '24 hours'; '178000000 years'",
    "json": """'{"a": 1}'; '{"a":  1}'; '{"a": "\\u0000"}'""",
    "jsonb": """'{"a": 1}'; '{"a": 1.0}'""",
    "bit(4)": "'1010'",
    "bit varying": "''; '10101010'",
    "inet": "'::1'; '10.0.0.1/8'",
    "money": "'1.00'",
}


def values_of(name: str) -> list[str]:
    return [f"CAST({value.strip()} AS {name})" for value in VALUES[name].split(";")]


@pytest.mark.parametrize("old", VALUES)
def test_what_takes_all_takes_the_ends_of_a_type(old: str, database: str) -> None:
    certain = [new for new in VALUES if takes_all(type_of(old), type_of(new))]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION citext")
        for new in certain:
            for value in values_of(old):
                connection.execute(f"SELECT CAST({value} AS {new})")
                # as an assignment in PL/pgSQL does
                connection.execute(f"DO $$ DECLARE v {new}; BEGIN v := {value}; END $$")
    assert old in certain


@pytest.mark.parametrize("name", VALUES)
def test_equal_values_are_alike_where_it_says_so(name: str, database: str) -> None:
    pairs = [(one, other) for one in values_of(name) for other in values_of(name)]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION citext")
        if not equal_is_alike(type_of(name), None):
            return
        for one, other in pairs:
            ((equal, alike),) = connection.execute(
                f"SELECT {one} IS NOT DISTINCT FROM {other}, record_image_eq(ROW({one}), ROW({other}))"
            ).fetchall()
            assert equal == alike, (one, other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("numeric", "1.0", "1.00"),
        ("real", "0", "'-0'"),
        ("citext", "'Bob'", "'bob'"),
        ("interval", "'1 day'", "'24 hours'"),
        ("jsonb", """'{"a": 1}'""", """'{"a": 1.0}'"""),
    ],
)
def test_equal_values_of_other_types_need_not_be_alike(name: str, one: str, other: str, database: str) -> None:
    assert not equal_is_alike(type_of(name), None)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION citext")
        ((equal, alike),) = connection.execute(
            f"SELECT {one}::{name} = {other}::{name}, record_image_eq(ROW({one}::{name}), ROW({other}::{name}))"
        ).fetchall()
        assert (equal, alike) == (True, False)
