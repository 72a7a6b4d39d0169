"""What the pages of rules on tables, keys and indexes cannot show in a few cases."""

from __future__ import annotations

import pytest
from found_lines import lines

from safemigrate.rulebook import Policy

KEYED = "CREATE TABLE t (id bigint PRIMARY KEY, user_id bigint"
PARENT = "CREATE TABLE parts (id bigint, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)"
FEED = "CREATE PUBLICATION feed FOR TABLE users"


@pytest.mark.parametrize(
    ("rule", "sql", "expected"),
    [
        ("missing-primary-key", "CREATE TABLE t (id bigint)", [1]),
        ("missing-primary-key", "CREATE TEMPORARY TABLE t (id bigint)", []),
        ("missing-primary-key", "CREATE TABLE pg_temp.t (id bigint)", []),
        ("missing-primary-key", "CREATE UNLOGGED TABLE t (id bigint)", []),
        ("missing-primary-key", "CREATE TABLE t (LIKE users INCLUDING INDEXES)", []),
        ("missing-primary-key", "CREATE TABLE t (LIKE users)", [1]),
        ("missing-primary-key", "CREATE TABLE t AS SELECT * FROM users", [1]),
        ("missing-primary-key", "CREATE TABLE IF NOT EXISTS users (id bigint)", []),
        ("missing-primary-key", "CREATE TABLE t (id bigint)\nALTER TABLE t SET SCHEMA s\nDROP TABLE s.t", []),
        ("short-primary-key", "CREATE TABLE t (id serial PRIMARY KEY)", [1]),
        ("short-primary-key", "CREATE TEMPORARY TABLE t (id serial PRIMARY KEY)", []),
        ("short-primary-key", "CREATE TABLE t (id bigserial PRIMARY KEY, n serial)", []),
        ("foreign-key-index", f"{KEYED} REFERENCES users ON DELETE CASCADE)", [1]),
        (
            "foreign-key-index",
            f"{KEYED} REFERENCES users ON DELETE CASCADE)\nCREATE INDEX ON t (lower(name), user_id)",
            [1],
        ),
        (
            "foreign-key-index",
            f"{KEYED} REFERENCES users ON DELETE CASCADE)\nCREATE INDEX ON t USING brin (user_id)",
            [1],
        ),
        (
            "foreign-key-index",
            f"{KEYED} REFERENCES users ON DELETE CASCADE)\nCREATE INDEX ON t USING hash (user_id)",
            [],
        ),
        ("foreign-key-index", f"{KEYED} REFERENCES users ON DELETE CASCADE)\nDROP TABLE t", []),
        ("foreign-key-index", f"{KEYED} REFERENCES users ON DELETE CASCADE)\nALTER TABLE t RENAME TO u", [1]),
        ("foreign-key-index", "ALTER TABLE legacy ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE", []),
        ("foreign-key-index", "ALTER TABLE legacy ADD COLUMN u bigint REFERENCES users ON DELETE CASCADE", []),
        ("foreign-key-type", "CREATE TABLE t (user_id text REFERENCES users)", [1]),
        ("foreign-key-type", "CREATE TABLE t (user_id numeric REFERENCES users)", []),
        ("foreign-key-type", "CREATE TABLE t (user_id int REFERENCES users (id))", [1]),
        ("foreign-key-type", "CREATE TABLE t (user_id int REFERENCES legacy (id))", []),
        ("foreign-key-type", "CREATE TABLE t (user_id some_type REFERENCES users)", []),
        ("duplicate-index", "CREATE INDEX a ON users (name)\nCREATE INDEX b ON users (name)", [2]),
        ("duplicate-index", "CREATE INDEX a ON users (name)\nCREATE UNIQUE INDEX b ON users (name)", [2]),
        ("duplicate-index", "CREATE INDEX a ON users (name)\nCREATE INDEX b ON users (name)\nDROP INDEX b", []),
        ("duplicate-index", "CREATE INDEX a ON users (name)\nALTER TABLE users ADD UNIQUE (name)", [2]),
        ("duplicate-index", "CREATE UNIQUE INDEX a ON users (name)\nALTER TABLE users ADD UNIQUE USING INDEX a", []),
        ("duplicate-index", "CREATE INDEX ON legacy (name)", []),
        ("duplicate-column", "ALTER TABLE users ADD COLUMN name text", [1]),
        ("duplicate-column", "ALTER TABLE legacy ADD COLUMN name text", []),
        ("duplicate-column", "INSERT INTO users (id, id) VALUES (1, 2)", [1]),
        ("add-json-column", "ALTER TABLE users ADD COLUMN data json", [1]),
        ("add-json-column", "ALTER TABLE users ADD COLUMN data json[]", [1]),
        ("add-json-column", "ALTER TABLE users ADD COLUMN data jsonb", []),
        ("null-comparison", "CREATE INDEX ON users (id) WHERE name = NULL", [1]),
        ("null-comparison", "UPDATE users SET name = NULL", []),
        ("null-comparison", "ALTER TABLE users ADD CHECK (name <> NULL)", [1]),
        ("unqualified-name", "UPDATE alembic_version SET version_num = 'x'", []),
        ("unqualified-name", "SELECT * FROM users", []),
        ("table-inheritance", "ALTER TABLE users INHERIT orders", [1]),
        ("table-inheritance", "ALTER TABLE users NO INHERIT orders", [1]),
        ("security-definer", "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", [1]),
        ("security-definer", "ALTER FUNCTION f() SECURITY DEFINER SET search_path = ''", []),
        ("security-definer", "ALTER FUNCTION f() STABLE", []),
        (
            "security-definer",
            "ALTER FUNCTION f() SECURITY DEFINER\nALTER FUNCTION g() SET search_path = ''\nALTER FUNCTION f() STABLE",
            [1],
        ),
    ],
)
def test_a_rule_on_what_is_made_speaks_where_it_should(rule: str, sql: str, expected: list[int]) -> None:
    assert expected == lines(rule, sql)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", []),
        ("CREATE TABLE parts_1 (id bigint, day date)", [1]),
    ],
)
def test_a_partition_has_the_key_of_its_parent(sql: str, expected: list[int]) -> None:
    assert expected == lines("missing-primary-key", sql, given=PARENT)
    assert expected == lines("missing-primary-key", sql, given=PARENT.replace(", PRIMARY KEY (id, day)", ""))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE users ADD COLUMN note text", [1]),
        ("ALTER TABLE orders ADD COLUMN note text", []),
        ("ALTER TABLE users ALTER COLUMN name TYPE varchar(9)", []),
        ("ALTER TABLE users ALTER COLUMN id TYPE text", [1]),
        ("ALTER TABLE users ALTER COLUMN id TYPE numeric", [1]),
        ("ALTER TABLE users RENAME TO people", [1]),
        ("CREATE TABLE t (id bigint PRIMARY KEY)", []),
    ],
)
def test_subscribers_follow_what_is_published(sql: str, expected: list[int]) -> None:
    assert expected == lines("published-table", sql, given=FEED)
    assert lines("published-table", sql) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE t (id bigint)", [1]),
        ("CREATE TABLE t (id bigint, made date NOT NULL)", []),
        ("CREATE TABLE t (id bigint, made date)", [1]),
        ("CREATE TABLE t (id bigint, made text NOT NULL)", [1]),
        ("CREATE TEMPORARY TABLE t (id bigint)", []),
        ("CREATE TABLE t (id bigint)\nALTER TABLE t ADD COLUMN made date NOT NULL", []),
        ("CREATE TABLE t (id bigint)\nDROP TABLE t", []),
        ("ALTER TABLE users DROP COLUMN made", [1]),
        ("ALTER TABLE users DROP COLUMN name", []),
    ],
)
def test_required_columns_are_there_in_the_end(sql: str, expected: list[int]) -> None:
    policy = Policy(required_columns={"made": "date NOT NULL"})
    assert expected == lines("required-columns", sql, policy=policy)
    assert lines("required-columns", sql) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE INDEX ix_users_name ON users (name)", []),
        ("CREATE INDEX by_name ON users (name)", [1]),
        ("CREATE INDEX ix_users_name ON users (name)\nALTER INDEX ix_users_name RENAME TO by_name", [2]),
        ("ALTER INDEX nobody_knows RENAME TO by_name", []),
        ("ALTER TABLE users ADD UNIQUE (name)", []),
    ],
)
def test_names_follow_the_patterns_of_the_project(sql: str, expected: list[int]) -> None:
    policy = Policy(naming={"index": "ix_{table}_{columns}"})
    assert expected == lines("naming-convention", sql, policy=policy)
