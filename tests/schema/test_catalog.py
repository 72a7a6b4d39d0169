"""The catalogue of a live database as a value."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.schema.catalog import Catalog, differences, snapshot

GIVEN = """
    CREATE TYPE mood AS ENUM ('glad', 'sad');
    CREATE DOMAIN email AS text;
    CREATE TABLE teams (id bigint PRIMARY KEY);
    CREATE TABLE users (
        id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x', team bigint REFERENCES teams (id), mood mood,
        age integer CONSTRAINT adult CHECK (age > 17), number integer GENERATED ALWAYS AS IDENTITY
    );
    CREATE INDEX ix_name ON users (name);
    CREATE VIEW names AS SELECT name FROM users;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
    CREATE SEQUENCE counter;
    CREATE POLICY own ON users USING (id = 1);
"""


def taken(url: str, *statements: str, ignoring: tuple[str, ...] = ()) -> Catalog:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        return snapshot(connection, ignoring=ignoring)


CHANGES = [
    ("ALTER TABLE users ADD COLUMN town text", ["column public.users.town should not be there: text"]),
    ("ALTER TABLE users ALTER name DROP NOT NULL", ["column public.users.name is text DEFAULT 'x'::text; expected"]),
    ("ALTER TABLE users ALTER name DROP DEFAULT", ["column public.users.name is text NOT NULL; expected"]),
    ("ALTER TABLE users ALTER number DROP IDENTITY", ["column public.users.number", "sequence public.users_number"]),
    ("ALTER TABLE users ALTER age TYPE bigint", ["column public.users.age is bigint; expected integer"]),
    ("ALTER TABLE users DROP CONSTRAINT adult", ["constraint adult on public.users is missing: CHECK"]),
    ("ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID", ["constraint c on public.users should not be"]),
    ("DROP INDEX ix_name", ["index public.ix_name is missing"]),
    ("ALTER INDEX ix_name RENAME TO ix", ["index public.ix should not be there", "index public.ix_name is missing"]),
    ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_name'::regclass", ["INVALID; expected"]),
    ("DROP TRIGGER t ON users", ["trigger t on public.users is missing"]),
    ("ALTER TABLE users DISABLE TRIGGER t", ["ENABLED D; expected"]),
    (
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        ["function public.f"],
    ),
    ("ALTER TYPE mood ADD VALUE 'odd'", ["enum public.mood is 'glad', 'sad', 'odd'; expected 'glad', 'sad'"]),
    ("ALTER DOMAIN email SET NOT NULL", ["domain public.email is text NOT NULL"]),
    ("CREATE OR REPLACE VIEW names AS SELECT name FROM users WHERE id > 1", ["view public.names is"]),
    ("ALTER SEQUENCE counter INCREMENT 2", ["sequence public.counter is bigint START 1 INCREMENT 2"]),
    ("DROP POLICY own ON users", ["policy own on public.users is missing"]),
    ("ALTER TABLE users ENABLE ROW LEVEL SECURITY", ["table public.users is ROW LEVEL SECURITY; expected"]),
    (
        "GRANT SELECT (name) ON users TO PUBLIC",
        ["column public.users.name is text NOT NULL DEFAULT 'x'::text GRANTED"],
    ),
    ("COMMENT ON COLUMN users.name IS 'full'", ["COMMENT full; expected"]),
    ("CREATE SCHEMA other", ["schema other should not be there"]),
    ("DROP TABLE users CASCADE", ["table public.users is missing"]),
    ("CREATE RULE r AS ON DELETE TO teams DO INSTEAD NOTHING", ["rule r on public.teams should not be there"]),
    (
        "ALTER TABLE users ALTER age SET STATISTICS 500",
        ["column public.users.age is integer STATISTICS 500; expected"],
    ),
    ("ALTER TABLE users ALTER name SET STORAGE EXTERNAL", ["STORAGE e"]),
    ("ALTER TABLE users ALTER name SET COMPRESSION pglz", ["COMPRESSION p"]),
    ("ALTER TABLE users ALTER age SET (n_distinct = 5)", ["SET n_distinct=5; expected"]),
    ("COMMENT ON INDEX ix_name IS 'quick'", ["COMMENT quick; expected"]),
    ("COMMENT ON TRIGGER t ON users IS 'late'", ["COMMENT late; expected"]),
    ("GRANT SELECT ON names TO PUBLIC", ["view public.names is"]),
    ("ALTER VIEW names SET (security_barrier = true)", ["WITH security_barrier=true"]),
    ("GRANT USAGE ON SEQUENCE counter TO PUBLIC", ["sequence public.counter is"]),
    ("CREATE PUBLICATION p FOR TABLE teams", ["publication p should not be there: public.teams id"]),
    (
        "CREATE PUBLICATION p FOR TABLE users (id, name) WHERE (id > 1)",
        ["publication p should not be there: public.users id, name (id > 1)"],
    ),
    ("INSERT INTO teams VALUES (1)", []),
]


@pytest.mark.parametrize(("statement", "said"), [pytest.param(*c, id=c[0][:60]) for c in CHANGES])
def test_difference_is_said_in_a_sentence(database: str, statement: str, said: list[str]) -> None:
    before = taken(database, GIVEN)
    found = differences(before, taken(database, statement))
    assert bool(found) == bool(said)
    for words in said:
        assert any(words in sentence for sentence in found), found


def test_long_names_are_told_apart(database: str) -> None:
    table, one, other = "t" * 63, "c" * 62 + "1", "c" * 62 + "2"
    before = taken(database, f"CREATE TABLE {table} ({one} int, {other} int)")
    found = differences(before, taken(database, f"ALTER TABLE {table} ALTER {one} SET NOT NULL"))
    assert found == (f"column public.{table}.{one} is integer NOT NULL; expected integer",)


def test_order_of_columns_is_left_aside(database: str) -> None:
    before = taken(database, "CREATE TABLE t (a int, b int)")
    after = taken(database, "DROP TABLE t", "CREATE TABLE t (b int, a int)")
    assert differences(before, after) == ()


def test_name_of_a_not_null_constraint_is_left_aside(database: str) -> None:
    before = taken(database, "CREATE TABLE t (a int CONSTRAINT one NOT NULL)")
    after = taken(database, "DROP TABLE t", "CREATE TABLE t (a int CONSTRAINT other NOT NULL)")
    assert differences(before, after) == ()


def test_our_own_schema_is_left_out(database: str) -> None:
    before = taken(database)
    made = taken(database, "CREATE SCHEMA safemigrate", "CREATE TABLE safemigrate.journal (id bigint PRIMARY KEY)")
    assert differences(before, made) == ()


def test_table_can_be_ignored_with_all_that_hangs_on_it(database: str) -> None:
    before = taken(database)
    made = taken(
        database,
        "CREATE TABLE alembic_version (version_num text CONSTRAINT alembic_version_pkc PRIMARY KEY)",
        ignoring=("alembic_version",),
    )
    assert differences(before, made) == ()


def test_what_an_extension_brings_is_the_extension(database: str) -> None:
    before = taken(database)
    found = differences(before, taken(database, "CREATE EXTENSION citext"))
    assert len(found) == 1
    assert found[0].startswith("extension citext should not be there")


def test_snapshot_leaves_a_transaction_as_it_was(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("SET LOCAL search_path = other")
        connection.execute("CREATE TABLE public.t (a int)")
        taken_inside = snapshot(connection)
        assert connection.execute("SHOW search_path").fetchone() == ("other",)
    assert "table public.t" in taken_inside.objects
