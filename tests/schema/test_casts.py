"""Which changes of a type rewrite the table, proved against a server over a table of pairs."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.schema import Type, Work
from safemigrate.schema.casts import rewrites
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
