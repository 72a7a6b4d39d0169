"""A column that is filled and copied in one revision: its fill fires first, whatever the columns are called."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from projects import alembic, project, split, succeed

TABLES = 'op.execute("CREATE TABLE users (id bigint PRIMARY KEY, rank int)")'
FILLED = """
op.execute("UPDATE users SET rank = 0 WHERE rank IS NULL")
op.alter_column("users", "rank", nullable=False)
"""


@pytest.mark.parametrize(
    ("changed", "copy"),
    [
        ("type_=sa.BigInteger()", "rank_new"),
        ('new_column_name="a_rank"', "a_rank"),
        ('new_column_name="standing"', "standing"),
    ],
)
def test_a_column_is_filled_before_it_is_copied(tmp_path: Path, database: str, changed: str, copy: str) -> None:
    folder = project(tmp_path, TABLES, f'{FILLED}op.alter_column("users", "rank", {changed})')
    split(folder, "r1")
    succeed(alembic(folder, database, "upgrade", "r2"))
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users VALUES (1)")
        assert connection.execute(f"SELECT rank, {copy} FROM users").fetchall() == [(0, 0)]
    succeed(alembic(folder, database, "upgrade", "head", allow=True))
    succeed(alembic(folder, database, "downgrade", "r1"))
