"""What the pages of rules on transactions cannot show: other policies, scripts, several transactions."""

from __future__ import annotations

from pathlib import Path

import pytest
from found_lines import lines

from safemigrate.history.statement import Revision
from safemigrate.rulebook import Phase, Policy

ADD = "ALTER TABLE users ADD COLUMN note text"
ADD_TO_ORDERS = "ALTER TABLE orders ADD COLUMN note text"
BUILD = "CREATE INDEX CONCURRENTLY i ON users (name)"


@pytest.mark.parametrize(
    ("rule", "sql", "expected"),
    [
        ("lock-table", f"LOCK TABLE users\nCOMMIT\n{ADD}", [1]),
        ("lock-table", f"LOCK TABLE users\n{ADD_TO_ORDERS}", [1]),
        ("lock-table", f"LOCK TABLE users\n{ADD}", []),
        ("lock-timeout", "| DROP INDEX CONCURRENTLY nobody_knows", []),
        ("lock-timeout", "DROP INDEX nobody_knows", [1]),
        ("slow-under-lock", "CREATE TABLE t (id int REFERENCES users)\nSELECT count(*) FROM orders", []),
        ("slow-under-lock", f"{ADD}\nSELECT count(*) FROM orders", [2]),
        ("slow-under-lock", f"{ADD}\nALTER TABLE users ADD UNIQUE (name)", []),
        ("slow-under-lock", f"{ADD}\nCOMMIT\nSELECT count(*) FROM orders", []),
        ("slow-under-lock", f"{ADD}\nSAVEPOINT s\nSELECT count(*) FROM orders", [3]),
        ("slow-under-lock", f"{ADD}\nSELECT 1 FROM pg_class WHERE relname = 'x'", []),
        ("slow-under-lock", f"{ADD}\nSELECT 1 FROM information_schema.tables", []),
        ("slow-under-lock", f"{ADD}\nSELECT setval('s', max(id)) FROM users", []),
        ("update-all-rows", "UPDATE alembic_version SET version_num = 'x'", []),
        ("update-all-rows", "UPDATE users SET name = ''", [1]),
        ("update-all-rows", f"{ADD}\nUPDATE users SET name = ''", []),
        ("delete-all-rows", "DELETE FROM alembic_version", []),
        ("delete-all-rows", "DELETE FROM users", [1]),
        ("backfill-in-ddl-transaction", f"{ADD}\nDELETE FROM alembic_version", []),
        (
            "backfill-in-ddl-transaction",
            f"{ADD}\nMERGE INTO orders USING users ON orders.id = users.id WHEN MATCHED THEN DELETE",
            [2],
        ),
        ("concurrently-in-transaction", "DROP INDEX i", []),
        ("concurrently-in-transaction", "DROP INDEX CONCURRENTLY i", [1]),
        ("nontransactional-command", "REINDEX TABLE users", []),
        ("nontransactional-command", "REINDEX TABLE CONCURRENTLY users", []),
        ("nontransactional-command", "VACUUM users", [1]),
        ("transaction-control", f"ROLLBACK\n{ADD}", []),
        ("transaction-control", f"SET LOCAL lock_timeout = 1\nROLLBACK\n{ADD}", []),
        ("transaction-control", f"{ADD}\nROLLBACK", [2]),
        ("transaction-control", "SAVEPOINT s\nROLLBACK TO SAVEPOINT s", []),
        ("transaction-control", f"| BEGIN\n{ADD}\nCOMMIT", [1, 3]),
        ("transaction-control", f"| BEGIN\n| SAVEPOINT s\n| {ADD}", [1]),
        ("transaction-control", f"| BEGIN\n| {ADD}\n| COMMIT", []),
        ("multiple-table-locks", f"{ADD}\n{ADD_TO_ORDERS}", [2]),
        ("multiple-table-locks", f"{ADD}\n--\n{ADD_TO_ORDERS}", []),
        ("multiple-table-locks", f"| {ADD}\n| {ADD_TO_ORDERS}", []),
        ("autocommit-step", f"{ADD}\n| {BUILD}", [2]),
        ("autocommit-step", f"INSERT INTO users VALUES (1)\n| {BUILD}", [2]),
        ("autocommit-step", f"UPDATE users SET name = '' WHERE name IS NULL\n| {BUILD}", []),
        ("autocommit-step", f"ALTER TABLE users ALTER COLUMN name SET DEFAULT ''\n| {BUILD}", []),
        ("autocommit-step", f"| {BUILD}\nUPDATE users SET name = '' WHERE name IS NULL", [2]),
        ("autocommit-step", "ALTER TABLE users ADD COLUMN a int, ADD COLUMN b int", []),
        ("set-without-local", "SET lock_timeout = 0", [1]),
        ("set-without-local", "SET lock_timeout = '1s'", []),
        ("set-without-local", "SET statement_timeout = '1s'", [1]),
        ("set-without-local", "SET statement_timeout = '1s'\nRESET ALL", []),
        ("statement-timeout", "CREATE TABLE t (a int)\nCREATE INDEX ON t (a)", []),
        ("statement-timeout", "CREATE INDEX i ON users (name)", [1]),
        ("statement-timeout", "INSERT INTO users VALUES (1)", []),
        ("mixed-ddl-and-dml", f"{ADD}\nTRUNCATE users", [2]),
        ("mixed-ddl-and-dml", f"{ADD}\nSELECT 1", []),
    ],
)
def test_a_rule_on_transactions_speaks_where_it_should(rule: str, sql: str, expected: list[int]) -> None:
    assert expected == lines(rule, sql)


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
        ("multiple-table-locks", f"{ADD}\n{ADD_TO_ORDERS}"),
        ("autocommit-step", f"{ADD}\n| {BUILD}"),
        ("statement-timeout", "CREATE INDEX i ON users (name)"),
    ],
)
def test_apply_sees_to_it(rule: str, sql: str) -> None:
    assert lines(rule, sql) != []
    assert lines(rule, sql, policy=Policy(lock_timeout="managed")) == []


@pytest.mark.parametrize(
    ("rule", "sql"), [("transaction-control", f"{ADD}\nROLLBACK"), ("autocommit-step", f"{ADD}\n| {BUILD}")]
)
def test_a_script_has_its_transactions_to_itself(rule: str, sql: str) -> None:
    assert lines(rule, sql, revision=Revision("", (), Path("change.sql"))) == []


def test_a_backfill_that_runs_in_batches_may_reach_every_row() -> None:
    update = "UPDATE users SET name = ''"
    batches = Revision("r", (), Path("r.py"), phase=Phase.MIGRATE, backfills=({"table": "users"},))
    assert lines("update-all-rows", update, revision=batches) == []
    assert lines("update-all-rows", update, revision=Revision("r", (), Path("r.py"), phase=Phase.MIGRATE)) == [1]
