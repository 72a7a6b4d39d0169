"""What is said to bear a second time does: PostgreSQL takes it again, and the catalogue stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from safemigrate.rulebook.twice import bears_twice
from safemigrate.schema.catalog import Catalog, differences, snapshot
from safemigrate.sql import read

GIVEN = """
CREATE TABLE users (id bigint PRIMARY KEY, age integer DEFAULT 3 NOT NULL, name varchar(9), number bigint);
ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 2) NOT VALID;
INSERT INTO users VALUES (1, 3, 'ada', 1), (2, 4, NULL, 2);
CREATE SEQUENCE numbers;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER watched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE POLICY own ON users USING (id > 0);
CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM users;
CREATE TABLE days (id bigint NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10);
CREATE INDEX days_id ON ONLY days (id);
CREATE INDEX days_1_id ON days_1 (id);
"""
STATEMENTS = """
ALTER INDEX days_id ATTACH PARTITION days_1_id
ALTER POLICY own ON users USING (id > 1)
ALTER SEQUENCE numbers OWNED BY users.number
ALTER TABLE users ALTER COLUMN age DROP DEFAULT
ALTER TABLE users ALTER COLUMN age DROP NOT NULL
ALTER TABLE users ALTER COLUMN age SET DEFAULT 4
ALTER TABLE users ALTER COLUMN age SET STATISTICS 7
ALTER TABLE users ALTER COLUMN id SET NOT NULL
ALTER TABLE users ALTER COLUMN name TYPE text
ALTER TABLE users DISABLE TRIGGER watched
ALTER TABLE users ENABLE ROW LEVEL SECURITY
ALTER TABLE users REPLICA IDENTITY FULL
ALTER TABLE users VALIDATE CONSTRAINT grown
ANALYZE users
COMMENT ON TABLE users IS 'those who write'
GRANT SELECT ON users TO PUBLIC
INSERT INTO users (id, age) VALUES (3, 5) ON CONFLICT DO NOTHING
INSERT INTO users (id, age) VALUES (1, 5), (4, 6) ON CONFLICT (id) DO NOTHING
INSERT INTO users (id, age) SELECT 5, 5 WHERE NOT EXISTS (SELECT FROM users WHERE id = 5)
LOCK TABLE users
REFRESH MATERIALIZED VIEW sums
REINDEX INDEX days_1_id
REVOKE SELECT ON users FROM PUBLIC
SET LOCAL lock_timeout = '1s'
UPDATE users SET number = id + 1, name = 'x' WHERE id > 1
""".strip().splitlines()
ONCE = """
ALTER TABLE users ALTER COLUMN name TYPE text USING name || '!'
ALTER SEQUENCE numbers RESTART WITH 7
ALTER SEQUENCE numbers OWNED BY users.number RESTART WITH 7
ALTER SEQUENCE numbers RESTART OWNED BY users.number
ALTER TABLE users RENAME TO people
INSERT INTO users (id, age) VALUES (3, 5)
INSERT INTO users (id, age) VALUES (3, 5) ON CONFLICT (id) DO UPDATE SET age = users.age + 1
UPDATE users SET number = number + 1
UPDATE users SET name = random()::text
UPDATE users SET number = age, age = number
""".strip().splitlines()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_postgresql_takes_it_twice(statement: str, make_database: Callable[..., str]) -> None:
    assert [bears_twice(op) for op in read(statement)] == [True]
    with psycopg.connect(make_database()) as connection:
        connection.execute(GIVEN)
        first, rows = _behind(connection, statement)
        second, rows_again = _behind(connection, statement)
        assert differences(first, second) == ()
        assert rows == rows_again


def _behind(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> tuple[Catalog, object]:
    connection.execute(statement.encode())
    rows = connection.execute("SELECT * FROM users ORDER BY id").fetchall()
    return snapshot(connection), rows


@pytest.mark.parametrize("statement", ONCE)
def test_of_others_nobody_says_so(statement: str) -> None:
    assert [bears_twice(op) for op in read(statement)] == [False]
