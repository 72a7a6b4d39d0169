"""What undoes an operation: the server is as it was before, or nobody says that it would be."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.plan.reverse import reverse
from safemigrate.schema import Operation, Schema, after
from safemigrate.schema.catalog import differences, snapshot
from safemigrate.sql import cut, read

GIVEN = """
    CREATE TYPE mood AS ENUM ('glad', 'sad');
    CREATE SEQUENCE counter;
    CREATE TABLE t (id bigint PRIMARY KEY, a text COLLATE "C", b integer, c bigint GENERATED ALWAYS AS IDENTITY);
    CREATE TABLE u (id bigint PRIMARY KEY, a text);
    CREATE TABLE v (id bigint NOT NULL, a text);
    CREATE UNLOGGED TABLE w (id bigint);
    CREATE INDEX ix ON t (a);
    CREATE UNIQUE INDEX uq ON t (id);
    ALTER TABLE t REPLICA IDENTITY USING INDEX uq;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER loud BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
    CREATE PUBLICATION sent FOR TABLE u;
    CREATE SCHEMA other;
    CREATE ROLE eve;
    CREATE ROLE readers;
    GRANT DELETE ON u TO readers;
    ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
    COMMENT ON CONSTRAINT positive ON t IS 'strict';
    GRANT SELECT, UPDATE ON t TO eve;
    GRANT SELECT (a) ON t TO eve WITH GRANT OPTION;
    GRANT UPDATE (b) ON t TO eve;
    GRANT USAGE ON SEQUENCE counter TO eve;
    GRANT readers TO eve;
    COMMENT ON COLUMN t.a IS 'it''s';
    COMMENT ON INDEX ix IS 'quick';
    CREATE FUNCTION g(a integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
    CREATE VIEW seen AS SELECT id FROM u;
    GRANT SELECT ON seen TO eve;
    COMMENT ON VIEW seen IS 'by all';
    CREATE MATERIALIZED VIEW kept AS SELECT id FROM v;
    CREATE UNIQUE INDEX kept_id ON kept (id);
    CREATE TYPE pair AS (one integer, two text);
    CREATE DOMAIN small AS integer CONSTRAINT few CHECK (VALUE < 9);
    CREATE DOMAIN tiny AS integer;
    ALTER DOMAIN tiny ADD CONSTRAINT few CHECK (VALUE < 9) NOT VALID;
    CREATE EXTENSION pg_trgm;
    CREATE TABLE y (
        id serial PRIMARY KEY, other bigint REFERENCES u (id), a text DEFAULT 'x', b integer NOT NULL,
        c integer GENERATED ALWAYS AS (b + 1) STORED, CONSTRAINT y_b UNIQUE (b, a), EXCLUDE (a WITH =)
    );
    CREATE INDEX y_a ON y (lower(a)) WHERE b > 0;
    ALTER TABLE y ADD CONSTRAINT loose CHECK (b > 1) NOT VALID;
    ALTER TABLE y ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON y FOR SELECT TO eve USING (b > 2);
    COMMENT ON POLICY own ON y IS 'theirs';
    ALTER POLICY own ON y USING (b > 3);
    CREATE TRIGGER quiet AFTER INSERT ON y FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE y DISABLE TRIGGER quiet;
    COMMENT ON TABLE y IS 'all of it';
    COMMENT ON COLUMN y.b IS 'number';
    GRANT SELECT, INSERT ON y TO eve;
    GRANT UPDATE (b) ON y TO eve;
    ALTER TABLE t ALTER a SET STATISTICS 400;
    ALTER TABLE t ALTER a SET (n_distinct = 5)
"""

UNDONE = [
    "GRANT SELECT ON t TO eve",
    "GRANT DELETE, SELECT ON t TO eve",
    "GRANT UPDATE ON t TO eve WITH GRANT OPTION",
    "GRANT ALL ON u TO eve",
    "GRANT ALL (a) ON t TO eve",
    "GRANT INSERT (a, b) ON t TO eve, PUBLIC",
    "REVOKE SELECT ON t FROM eve",
    "REVOKE ALL ON t FROM eve",
    "REVOKE SELECT (a) ON t FROM eve",
    "REVOKE GRANT OPTION FOR SELECT (a) ON t FROM eve",
    "REVOKE DELETE ON t FROM eve",
    "GRANT SELECT, USAGE ON SEQUENCE counter TO eve",
    "REVOKE USAGE ON SEQUENCE counter FROM eve",
    "GRANT USAGE ON SCHEMA other TO eve",
    "GRANT USAGE ON TYPE mood TO eve",
    "REVOKE readers FROM eve",
    "COMMENT ON COLUMN t.a IS 'other'",
    "COMMENT ON COLUMN t.b IS 'other'",
    "COMMENT ON INDEX ix IS NULL",
    "COMMENT ON TABLE t IS 'all'",
    "COMMENT ON TRIGGER loud ON t IS 'loud'",
    "ALTER TABLE t ALTER a SET STATISTICS 5",
    "ALTER TABLE t ALTER b SET STATISTICS 5",
    "ALTER TABLE t ALTER a RESET (n_distinct)",
    "ALTER TABLE t ALTER b SET (n_distinct = 5)",
    "ALTER TABLE t ALTER a SET STORAGE external",
    "ALTER TABLE t ALTER a SET COMPRESSION pglz",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t RENAME a TO z",
    "ALTER TABLE t SET SCHEMA other",
    "ALTER SEQUENCE counter RENAME TO count",
    "ALTER TRIGGER loud ON t RENAME TO noisy",
    "ALTER TYPE mood RENAME TO temper",
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER TABLE w SET LOGGED",
    "ALTER TABLE t SET LOGGED",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE t DISABLE TRIGGER loud",
    "ALTER TABLE v INHERIT u",
    "ALTER TABLE t ALTER c DROP IDENTITY",
    "ALTER PUBLICATION sent ADD TABLE t",
    "CREATE TABLE x (id bigint)",
    "CREATE INDEX other_ix ON t (b)",
    "DROP INDEX ix",
    "ALTER TABLE t DROP CONSTRAINT positive",
    "CREATE POLICY own ON t USING (id > 1)",
    "CREATE STATISTICS pair ON a, b FROM t",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "DROP VIEW seen",
    "DROP MATERIALIZED VIEW kept",
    "DROP FUNCTION g(integer)",
    "DROP TRIGGER loud ON t",
    "DROP POLICY own ON y",
    "DROP TYPE pair",
    "DROP TYPE mood",
    "DROP DOMAIN small",
    "ALTER DOMAIN small ADD CONSTRAINT much CHECK (VALUE > 1)",
    "ALTER DOMAIN tiny DROP CONSTRAINT few",
    "DROP SEQUENCE counter",
    "DROP EXTENSION pg_trgm",
    "DROP TABLE y",
    "DROP TABLE w",
    "CREATE OR REPLACE VIEW seen AS SELECT id, a FROM u",
    "CREATE OR REPLACE VIEW fresh AS SELECT id FROM u",
    "CREATE OR REPLACE TRIGGER loud BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE OR REPLACE FUNCTION g(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
]
#: what goes with a column is made again beside it
GOES_WITH = {"ALTER TABLE t DROP COLUMN a": ["index public.ix"]}


def replayed(script: str) -> Schema:
    schema = Schema(complete=True)
    for piece in cut(script):
        for operation in read(piece.text):
            schema = after(operation, schema)
    return schema


def undone(statement: str) -> list[Operation]:
    schema = replayed(GIVEN)
    found: list[Operation] = []
    for operation in read(statement):
        back = reverse(operation, schema)
        assert back is not None, operation
        found = [*back, *found]
        schema = after(operation, schema)
    return found


@pytest.mark.parametrize("statement", UNDONE)
def test_what_is_undone_is_as_it_was(database: str, statement: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(GIVEN.encode())
        before = snapshot(connection)
        connection.execute(statement.encode())
        for operation in undone(statement):
            # all of it is rolled back, so nothing here is built beside traffic
            connection.execute(operation.sql().replace(" CONCURRENTLY", "").encode())
        left = differences(before, snapshot(connection))
        connection.rollback()
    assert all(any(word in sentence for word in GOES_WITH.get(statement, ())) for sentence in left), left


@pytest.mark.parametrize("statement", UNDONE)
def test_what_undoes_something_reads_back_as_it_is(statement: str) -> None:
    for operation in undone(statement):
        assert (operation,) == read(operation.sql())


@pytest.mark.parametrize(
    "statement",
    [
        "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC",
        "REVOKE ALL ON SCHEMA other FROM PUBLIC",
        "REVOKE SELECT ON unseen FROM eve",
        "REVOKE SELECT ON t FROM eve CASCADE",
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "ALTER POLICY own ON t USING (true)",
        # a publication sends it
        "DROP TABLE u",
        "DROP TABLE y CASCADE",
        "DROP VIEW unseen",
    ],
)
def test_nobody_says_what_undoes(statement: str) -> None:
    (operation,) = read(statement)
    assert reverse(operation, replayed(GIVEN)) is None


def test_after_default_privileges_nobody_knows_what_a_table_has() -> None:
    schema = replayed(GIVEN + ";\nALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO eve")
    (operation,) = read("REVOKE DELETE ON u FROM eve")
    assert reverse(operation, schema) is None


@pytest.mark.parametrize(
    ("changed", "dropped"),
    [
        ("ALTER TABLE u RENAME id TO number", "DROP VIEW seen"),
        ("ALTER FUNCTION g(integer) STABLE", "DROP FUNCTION g(integer)"),
        ("CREATE FUNCTION g(a text) RETURNS text LANGUAGE sql AS 'SELECT $1'", "DROP FUNCTION g(integer)"),
        ("ALTER TYPE pair ADD ATTRIBUTE three text", "DROP TYPE pair"),
        ("DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW seen AS' || ' SELECT 1 AS id'; END $$", "DROP VIEW seen"),
        ("SET search_path = other; CREATE VIEW public.seen AS SELECT id FROM public.u", "DROP VIEW public.seen"),
    ],
)
def test_what_was_changed_since_it_was_made_is_not_made_as_it_was(changed: str, dropped: str) -> None:
    (operation,) = read(dropped)
    assert reverse(operation, replayed(f"{GIVEN};\n{changed}")) is None
