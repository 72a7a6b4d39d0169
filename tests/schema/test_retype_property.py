"""Changes of a column's type that nobody wrote down: drawn at random, and decided by a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from fuzz import examples
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sql_cases import Connection, replayed

from safemigrate.schema import combined, footprint
from safemigrate.server import Server
from safemigrate.sql import read
from safemigrate.verify.observe import disagreements, observe

DOMAINS = (
    "CREATE DOMAIN plain AS text",
    "CREATE DOMAIN short AS character varying(10)",
    "CREATE DOMAIN filled AS text CHECK (VALUE <> '')",
    "CREATE DOMAIN deep AS short",
)
PLAIN = """
    smallint integer bigint real money text bytea date uuid boolean json jsonb xml inet cidr name oid regclass
    plain short filled deep
""".split()
SIZED = ("character varying", "character", "bit", "bit varying")
PRECISE = ("timestamp{} without time zone", "timestamp{} with time zone", "time{} without time zone", "interval{}")

plain = st.sampled_from(PLAIN)
sized = st.builds("{}({})".format, st.sampled_from(SIZED), st.integers(1, 12))
unlimited = st.sampled_from(["character varying", "bit varying", "numeric", "double precision", "interval"])
intervals = ["", " second(2)", " hour", " day to second", " day", " year to month"]
fields = st.sampled_from(intervals).map("interval{}".format)
precise = st.builds(
    lambda name, digits: name.format("" if digits is None else f"({digits})"),
    st.sampled_from(PRECISE),
    st.none() | st.integers(0, 6),
)
numeric = st.builds("numeric({},{})".format, st.integers(5, 8), st.integers(0, 3))
scalar = plain | sized | unlimited | precise | numeric | fields
types = scalar | scalar.filter(lambda name: name not in DOMAINS).map("{}[]".format)

# text and its kin far more often than chance would have it
texts = st.sampled_from(["text", "character varying(10)", "character varying(20)", "character varying", "plain"])


@dataclass(frozen=True)
class Change:
    """A column, what stands on it, and its new type."""

    old: str
    new: str
    collation: str
    index: str
    check: bool

    def given(self) -> tuple[str, ...]:
        """What makes the table."""
        check = ", CHECK (c IS NOT NULL)" if self.check else ""
        return (f"CREATE TABLE t (id bigint, c {self.old}{check})", *([self.index] if self.index else []))

    def sql(self) -> str:
        return f"ALTER TABLE t ALTER COLUMN c TYPE {self.new}{self.collation}"


indexes = st.sampled_from(
    ["", "", "CREATE INDEX i ON t (c)", "CREATE INDEX i ON t (id) WHERE c IS NOT NULL", "CREATE INDEX i ON t (c, id)"]
)
collations = st.sampled_from(["", "", ' COLLATE "C"', ' COLLATE "default"'])
changes = st.builds(Change, types, types, st.just(""), indexes, st.booleans()) | st.builds(
    Change, texts, texts, collations, indexes, st.booleans()
)


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[Connection]:
    server.drop_database("retype")
    with psycopg.connect(server.create_database("retype"), autocommit=True) as opened:
        for statement in DOMAINS:
            opened.execute(statement.encode())
        yield opened
    server.drop_database("retype")


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(change=changes)
@example(change=Change("short", "deep", "", "", check=False))
@example(change=Change("short", "character varying(20)", "", "", check=False))
@example(change=Change("filled", "filled", "", "", check=False))
@example(change=Change("deep", "text", "", "", check=False))
def test_any_change_of_a_type_does_what_the_model_says(
    change: Change, connection: Connection, server: Server
) -> None:
    connection.execute("DROP TABLE IF EXISTS t")
    try:
        for statement in change.given():
            connection.execute(statement.encode())
        observed = observe(connection, change.sql())
    except psycopg.Error:
        # no such cast, index or limit
        assume(False)
    schema = replayed((*DOMAINS, *change.given()))
    model = combined(footprint(op, schema, postgres=server.major) for op in read(change.sql()))
    assert disagreements(model, observed) == (), change
