"""What the catalogue is asked about an operation: no before it, yes after it."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.apply import probe
from safemigrate.schema import Name, Schema
from safemigrate.schema.renaming import EndRename, UndoRename
from safemigrate.schema.sync import CreateFillFunction, CreateSyncFunction, CreateSyncTrigger
from safemigrate.sql import read

GIVEN = """
CREATE SCHEMA "Other"; CREATE SCHEMA empty;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SEQUENCE numbers;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY, full_name varchar(50) NOT NULL, age int, parent_id int, at timestamptz,
    CONSTRAINT slim CHECK (age < 200));
ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
CREATE TABLE "Other"."Mixed Case" ("Id" int);
CREATE INDEX users_age ON users (age);
CREATE TABLE days (day int) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (9);
CREATE TABLE "Other".days_2 (day int);
CREATE VIEW names AS SELECT full_name FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
"""

PROBED = """
CREATE TABLE fresh (id int)
DROP TABLE "Other"."Mixed Case"
ALTER TABLE parent RENAME TO parents
ALTER TABLE parent SET SCHEMA empty
ALTER TABLE users ADD COLUMN name text
ALTER TABLE users ADD COLUMN amount numeric(10, 2) NOT NULL DEFAULT 0
ALTER TABLE users ADD COLUMN feelings mood[]
ALTER TABLE users ADD COLUMN counted bigserial
ALTER TABLE users ADD COLUMN seen timestamp(3) with time zone
ALTER TABLE "Other"."Mixed Case" ADD COLUMN "Ünï" double precision
ALTER TABLE users DROP COLUMN age
ALTER TABLE users RENAME COLUMN age TO years
ALTER TABLE users ALTER COLUMN age TYPE bigint
ALTER TABLE users ALTER COLUMN age SET NOT NULL
ALTER TABLE users ALTER COLUMN full_name DROP NOT NULL
ALTER TABLE users ADD CONSTRAINT named CHECK (full_name <> '')
ALTER TABLE users ADD CONSTRAINT named CHECK (full_name <> '') NOT VALID
ALTER TABLE users ADD CONSTRAINT users_parent FOREIGN KEY (parent_id) REFERENCES parent (id) NOT VALID
ALTER TABLE users ADD CONSTRAINT unique_name UNIQUE (full_name)
ALTER TABLE users VALIDATE CONSTRAINT grown
ALTER TABLE users DROP CONSTRAINT slim
ALTER TABLE users RENAME CONSTRAINT slim TO slender
CREATE INDEX users_name ON users (full_name)
CREATE UNIQUE INDEX CONCURRENTLY users_at ON users (at)
DROP INDEX users_age
ALTER INDEX users_age RENAME TO users_years
ALTER TABLE days ATTACH PARTITION "Other".days_2 FOR VALUES FROM (10) TO (19)
ALTER TABLE days DETACH PARTITION days_1
ALTER TABLE days DETACH PARTITION days_1 CONCURRENTLY
CREATE TYPE taste AS ENUM ('sweet', 'sour')
ALTER TYPE mood ADD VALUE 'great'
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'
ALTER TYPE mood RENAME TO feeling
CREATE SCHEMA "New One"
DROP SCHEMA empty
CREATE SEQUENCE more
DROP SEQUENCE numbers
CREATE VIEW ages AS SELECT age FROM users
DROP VIEW names
DROP TRIGGER touched ON users
CREATE TRIGGER again BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()
"""


@pytest.fixture
def given(database: str) -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(database, autocommit=True)
    connection.execute(GIVEN)
    return connection


@pytest.mark.parametrize("sql", PROBED.strip().split("\n"))
def test_an_operation_is_open_before_it_ran_and_done_behind_it(
    given: psycopg.Connection[tuple[object, ...]], sql: str
) -> None:
    operations = read(sql)
    with given:
        asked = [fact for op in operations for fact in probe.facts(op, Schema()) or ()]
        assert asked, operations
        assert len(set(asked)) == len(asked)
        assert not all(probe.holds(given, fact) for fact in asked)
        given.execute(sql.encode())
        assert [fact.sentence for fact in asked if probe.holds(given, fact) is not True] == []


@pytest.mark.parametrize(
    "op",
    [
        CreateSyncFunction(Name("users"), "full_name", "name"),
        CreateFillFunction(Name("users"), "name", "'it''s $safemigrate$'"),
    ],
)
def test_a_function_of_ours_is_known_by_its_body(
    given: psycopg.Connection[tuple[object, ...]], op: CreateSyncFunction | CreateFillFunction
) -> None:
    with given:
        given.execute("ALTER TABLE users ADD COLUMN name text")
        ((fact,), (trigger,)) = (
            probe.facts(each, Schema()) or () for each in (op, CreateSyncTrigger(Name("users"), "name"))
        )
        assert not probe.holds(given, fact)
        given.execute("\n".join(f"      {line}" for line in op.sql().split("\n")).encode())
        given.execute(CreateSyncTrigger(Name("users"), "name").sql().encode())
        assert probe.holds(given, fact)
        assert probe.holds(given, trigger)
        given.execute("ALTER TABLE users DISABLE TRIGGER zzy_safemigrate_users_name")
        assert not probe.holds(given, trigger)
        given.execute(op.sql().replace("RETURN NEW", "RETURN OLD").encode())
        assert not probe.holds(given, fact)


def test_the_end_of_a_rename_is_told_by_the_columns(given: psycopg.Connection[tuple[object, ...]]) -> None:
    end, undo = (kind(Name("users"), "age", "years") for kind in (EndRename, UndoRename))
    with given:
        given.execute("ALTER TABLE users ADD COLUMN years int")
        for op in (end, end, undo, undo, end):
            given.execute(op.sql().encode())
            facts = probe.facts(op, Schema()) or ()
            assert facts
            assert all(probe.holds(given, fact) for fact in facts)
            other = probe.facts(undo if op is end else end, Schema()) or ()
            assert not all(probe.holds(given, fact) for fact in other)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO users VALUES (1)",
        "ALTER TABLE users ALTER COLUMN age SET DEFAULT 3",
        "CREATE OR REPLACE VIEW names AS SELECT age FROM users",
        "ALTER TABLE users ADD CHECK (age > 3)",
        "CREATE INDEX ON users (age)",
        "GRANT SELECT ON users TO PUBLIC",
        "DO 'BEGIN END'",
    ],
)
def test_what_leaves_no_certain_trace_is_not_asked_about(sql: str) -> None:
    assert [probe.facts(op, Schema()) for op in read(sql)] == [None]


def test_the_last_word_about_an_object_counts() -> None:
    steps = [
        "ALTER TABLE users ADD CONSTRAINT proof CHECK (age IS NOT NULL) NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT proof",
        "ALTER TABLE users ALTER COLUMN age SET NOT NULL",
        "ALTER TABLE users DROP CONSTRAINT proof",
        "ALTER TABLE users ADD COLUMN x int",
        "ALTER TABLE users ADD CONSTRAINT y CHECK (x > 0)",
        "ALTER TABLE users DROP COLUMN x",
    ]
    found = probe.net([probe.facts(op, Schema()) or () for sql in steps for op in read(sql)])
    assert [fact.sentence for fact in found] == [
        "column users.age is NOT NULL",
        "constraint proof on users is gone",
        "constraint y on users is valid",
        "column users.x is gone",
    ]
    found = probe.net(
        [
            *[probe.facts(op, Schema()) or () for sql in steps for op in read(sql)],
            probe.facts(read("DROP TABLE users")[0], Schema()) or (),
        ]
    )
    assert [fact.sentence for fact in found] == ["table users is gone"]


def test_a_column_of_another_type_is_not_taken_for_the_one_wanted(
    given: psycopg.Connection[tuple[object, ...]],
) -> None:
    (op,) = read("ALTER TABLE users ADD COLUMN IF NOT EXISTS age text")
    with given:
        assert probe.contradicted(given, probe.facts(op, Schema()) or ()) == ("column users.age is text",)
