"""A contract refuses to run on a database in use, and lets an empty one be built, whatever it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, split, succeed

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text)")
op.execute("CREATE VIEW people AS SELECT id FROM users")
op.execute("CREATE FUNCTION twice(i integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * i'")
op.execute("CREATE SEQUENCE numbers")
op.execute("CREATE TYPE mood AS ENUM ('sad')")
op.execute("CREATE SCHEMA crm")
op.execute("GRANT SELECT ON users TO pg_monitor")
op.execute("GRANT CREATE ON SCHEMA crm TO pg_monitor")
"""


@pytest.mark.parametrize(
    "upgrade",
    [
        pytest.param('op.rename_table("users", "accounts")', id="renamed table"),
        pytest.param('op.execute("ALTER TABLE users SET SCHEMA crm")', id="moved table"),
        pytest.param('op.execute("DROP VIEW people")', id="view"),
        pytest.param('op.execute("DROP FUNCTION twice(integer)")', id="function"),
        pytest.param('op.execute("DROP SEQUENCE numbers")', id="sequence"),
        pytest.param('op.execute("DROP TYPE mood")', id="type"),
        pytest.param('op.execute("REVOKE SELECT ON users FROM pg_monitor")', id="privilege on a table"),
        pytest.param('op.execute("REVOKE CREATE ON SCHEMA crm FROM pg_monitor")', id="privilege on a schema"),
        pytest.param('op.execute("TRUNCATE users")', id="truncate"),
    ],
)
def test_contract_asks_whether_the_database_is_in_use(
    tmp_path: Path, make_database: Callable[..., str], upgrade: str
) -> None:
    parted = project(tmp_path, TABLES, upgrade)
    split(parted, "r1")
    assert chain(parted)[-1] == "r2_contract"
    succeed(alembic(parted, make_database(), "upgrade", "head"))
    used = make_database()
    succeed(alembic(parted, used, "upgrade", "r1"))
    with psycopg.connect(used, autocommit=True) as connection:
        connection.execute("INSERT INTO users VALUES (1, 'ada@example.org')")
    refused = alembic(parted, used, "upgrade", "head")
    assert refused.returncode != 0
    assert "r2_contract is a contract" in refused.stderr
    succeed(alembic(parted, used, "upgrade", "head", allow=True))
