"""Types are spelled as PostgreSQL spells them."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.schema.operations import AddColumn
from safemigrate.server import Server
from safemigrate.sql import read

SPELLINGS = """
int|INT4|integer|int2|smallint|int8|BIGINT|bool|boolean|text|bytea|uuid|json|jsonb|xml|date|inet|cidr|macaddr
money|oid|name|tsvector|int4range|point|float4|real|float8|float|float(1)|float(24)|float(25)|DOUBLE PRECISION
numeric|decimal|dec(10)|NUMERIC(12, 4)|varchar|VARCHAR(50)|character varying(5)|char varying|nchar varying(3)
national character varying(4)|char|char(3)|character(7)|nchar(2)|national char(2)|bpchar|"char"|pg_catalog."char"
pg_catalog.varchar(8)|pg_catalog.int4|bit|bit(3)|bit varying|varbit(5)|timestamp|timestamp(3)|timetz(0)
timestamp without time zone|TIMESTAMP (0) WITH TIME ZONE|timestamptz|timestamptz(6)|time|time(2)|time with time zone
time without time zone|interval|interval(2)|interval year to month|INTERVAL DAY TO SECOND(3)|interval second(1)
interval hour|text[]|int[3]|integer ARRAY|varchar(5)[]|timestamptz(3) ARRAY[4]|double precision[]
"""
WRITTEN = [spelling for line in SPELLINGS.split("\n") for spelling in line.split("|") if spelling]


@pytest.mark.parametrize("spelling", WRITTEN)
def test_a_type_is_what_format_type_calls_it(spelling: str, server: Server) -> None:
    (operation,) = read(f"ALTER TABLE t ADD COLUMN c {spelling}")
    assert isinstance(operation, AddColumn)
    assert operation.column.type is not None

    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TEMP TABLE t ()")
        connection.execute(f"ALTER TABLE t ADD COLUMN c {spelling}")
        asked = (
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum = 1"
        )
        (shown,) = connection.execute(asked).fetchone() or ("",)
        connection.rollback()
    assert shown == operation.column.type.sql().replace("pg_catalog.", "").replace(", ", ",")
