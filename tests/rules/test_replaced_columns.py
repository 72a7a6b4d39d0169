"""A column in another's place: what the UPDATEs say is one expression, and the way back is an inverse."""

from __future__ import annotations

import psycopg
import pytest
from authored import revision

from safemigrate.rulebook.inverse import Inverse, inverse
from safemigrate.rulebook.replaced import Replaced, replaced
from safemigrate.schema import Column, Name, Schema
from safemigrate.schema.operations import CreateTable, DropColumn
from safemigrate.sql import read_expression

GIVEN = "CREATE TABLE t (id int PRIMARY KEY, a text, b text, n int);"
ROWS = "INSERT INTO t VALUES (1, 'x', 'y', 1), (2, '', NULL, 2), (3, NULL, 'y', NULL), (4, 'X', '7', -3);"


def found(migration: str) -> Replaced | None:
    run = revision(GIVEN, migration)
    position = next(i for i, p in enumerate(run.operations) if isinstance(p.operation, DropColumn))
    return replaced(run, position)


@pytest.mark.parametrize(
    "updates",
    [
        "UPDATE t SET c = a",
        "UPDATE t SET c = t.a || 'z' WHERE a IS NOT NULL",
        "UPDATE t SET c = 'one' WHERE a = 'x'; UPDATE t SET c = 'two' WHERE b = 'y'",
        "UPDATE t SET c = 'one' WHERE a = 'x'; UPDATE t SET c = b WHERE c IS NULL",
        "UPDATE t SET c = 'one' WHERE a = 'x'; UPDATE t SET c = b WHERE c IS NULL; UPDATE t SET c = 'n' WHERE n = 2",
        "UPDATE t SET c = b; UPDATE t SET c = a WHERE a IS NOT NULL",
        "UPDATE t SET c = 'lost' WHERE b = 'y'; UPDATE t SET c = upper(a)",
        "UPDATE t SET c = a WHERE c IS NULL",
        "UPDATE t SET c = nullif(a, 'x') WHERE a = 'x' OR n > 0; UPDATE t SET c = 'rest' WHERE c IS NULL",
        "UPDATE t SET c = CASE WHEN n > 1 THEN a ELSE b END",
    ],
)
@pytest.mark.parametrize("default", ["", " DEFAULT 'd'"], ids=["no default", "default"])
def test_the_expression_gives_what_the_statements_give(database: str, updates: str, default: str) -> None:
    added = f"ALTER TABLE t ADD COLUMN c text{default}"
    change = found(f"{added}; {updates}; ALTER TABLE t DROP COLUMN a")
    assert change is not None
    assert change.new == ("c",)
    with psycopg.connect(database) as connection:
        connection.execute(f"{GIVEN}{ROWS}{added}".encode())
        computed = connection.execute(f"SELECT {change.up['c'].sql()} FROM t ORDER BY id".encode()).fetchall()
        connection.execute(updates.encode())
        assert connection.execute("SELECT c FROM t ORDER BY id").fetchall() == computed


@pytest.mark.parametrize(
    ("updates", "drops", "expected"),
    [
        ("UPDATE t SET c = a || b", "ab", (("a", "b"), ("c",))),
        ("UPDATE t SET c = a, d = b", "ab", (("a",), ("c",))),
        ("UPDATE t SET c = a; UPDATE t SET d = a || b", "ab", (("a", "b"), ("c", "d"))),
        ("UPDATE t SET c = a || b", "a", (("a",), ("c",))),
        ("UPDATE t SET c = 'x' WHERE a = 'y'", "a", (("a",), ("c",))),
    ],
)
def test_columns_that_hang_together_are_one_change(
    updates: str, drops: str, expected: tuple[tuple[str, ...], ...]
) -> None:
    gone = "; ".join(f"ALTER TABLE t DROP COLUMN {column}" for column in drops)
    change = found(f"ALTER TABLE t ADD COLUMN c text; ALTER TABLE t ADD COLUMN d text; {updates}; {gone}")
    assert change is not None
    assert expected == (change.old, change.new)


@pytest.mark.parametrize(
    "migration",
    [
        "ALTER TABLE t ADD COLUMN c text; UPDATE t SET c = b; ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t ADD COLUMN c text; ALTER TABLE t DROP COLUMN a; UPDATE t SET c = b",
        "UPDATE t SET b = a; ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t ADD COLUMN c text; UPDATE t SET b = a; ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t ADD COLUMN c text; UPDATE t SET c = 'x'; ALTER TABLE t DROP COLUMN c",
    ],
)
def test_what_nothing_new_was_computed_from_is_not_replaced(migration: str) -> None:
    assert found(migration) is None


@pytest.mark.parametrize(
    "updates",
    [
        "UPDATE t SET c = (SELECT o.a FROM t AS o WHERE o.id = t.id)",
        "UPDATE t SET c = a; UPDATE t SET c = c || b",
        "UPDATE t SET c = a; UPDATE t SET d = c",
        "UPDATE t AS o SET c = o.a",
        "UPDATE t SET (c, d) = (a, b)",
    ],
)
def test_what_a_trigger_could_not_compute_has_no_expression(updates: str) -> None:
    change = found(
        f"ALTER TABLE t ADD COLUMN c text; ALTER TABLE t ADD COLUMN d text; {updates}; ALTER TABLE t DROP COLUMN a"
    )
    assert change is not None
    assert set(change.up) < set(change.new)


ENUMS = "CREATE TYPE few AS ENUM ('1', 'x'); CREATE TYPE many AS ENUM ('1', 'x', 'y');"


@pytest.mark.parametrize(
    ("old", "new", "up", "values", "total"),
    [
        ("text", "text", "o", "'', 'x'", True),
        ("integer", "bigint", "o", "7, -2147483648, 2147483648", False),
        ("smallint", "integer", "o::integer", "32767, 32768", False),
        ("text", "integer", "o::integer", "7, -3", True),
        ("varchar(2)", "integer", "CAST(o AS integer)", "7, 100", False),
        ("text", "jsonb", "o::jsonb", "'{}', '[1]', 'null'", True),
        ("jsonb", "json", "o", "'{\"a\": 1}'", True),
        ("text", "uuid", "o::uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", True),
        ("varchar(3)", "text", "o", "'abc', 'abcd'", False),
        ("numeric(4,2)", "numeric(6,2)", "t.o", "12.34, 1234.56, 99.99", False),
        ("text", "few", "o::few", "'1', 'x'", True),
        ("few", "text", "o", "'1', 'other'", False),
        ("few", "many", "o::text::many", "'1', 'y'", False),
        ("integer", "text", "(o)::text", "'7', 'seven', '99999999999'", False),
        ("timestamp", "timestamptz", "o AT TIME ZONE 'UTC'", "'2024-03-31 02:30+00'", True),
        ("timestamptz", "timestamp", "(o AT TIME ZONE 'UTC')", "'2024-03-31 02:30'", True),
    ],
)
def test_the_way_back_is_an_inverse(database: str, old: str, new: str, up: str, values: str, total: bool) -> None:
    schema, before, behind = columns(old, new)
    back = inverse(schema, Name("t"), before, behind, read_expression(up))
    assert back == Inverse(back.text if back else "", total)
    with psycopg.connect(database) as connection:
        connection.execute(f"{ENUMS} CREATE TABLE v (n {new}); SET TIME ZONE 'Asia/Kathmandu'".encode())
        for value in values.split(", "):
            connection.execute(f"INSERT INTO v VALUES ({value})".encode())
        there = f"SELECT n, CAST({back.text} AS {old}) AS o FROM v" if back else ""
        rows = connection.execute(
            f"SELECT o IS NULL, n::text IS NOT DISTINCT FROM CAST({up} AS {new})::text FROM ({there}) AS t".encode()
        ).fetchall()
    assert [row for row in rows if row[0] is False and row[1] is False] == []
    assert total is not any(row[0] for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "up"),
    [
        ("integer", "numeric", "o"),
        ("bigint", "integer", "o::integer"),
        ("text", "boolean", "o::boolean"),
        ("text", "date", "o::date"),
        ("text", "text", "lower(o)"),
        ("text", "bigint", "o::integer"),
        ("integer", "bigint", "o + 1"),
        ("timestamp", "timestamptz", "o AT TIME ZONE 'Europe/Berlin'"),
        ("numeric(4,2)", "numeric(6,1)", "o"),
        ("unheard", "text", "o"),
    ],
)
def test_what_is_no_inverse_is_not_taken_for_one(old: str, new: str, up: str) -> None:
    schema, before, behind = columns(old, new)
    assert inverse(schema, Name("t"), before, behind, read_expression(up)) is None


def columns(old: str, new: str) -> tuple[Schema, Column, Column]:
    """The schema with the enums, and two columns as a history makes them."""
    run = revision(f"{ENUMS} SELECT 1", f"CREATE TABLE t (o {old}, n {new})")
    op = run.operations[0].operation
    assert isinstance(op, CreateTable)
    before, behind = op.columns
    return run.operations[0].after, before, behind
