"""A column that is filled and copied in one revision: the triggers fire in the order of their names."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from projects import alembic, project, release, split, succeed

from safemigrate.errors import SplitRefused

TABLES = 'op.execute("CREATE TABLE users (id bigint PRIMARY KEY, rank int)")'
FILLED = """
op.execute("UPDATE users SET rank = 0 WHERE rank IS NULL")
op.alter_column("users", "rank", nullable=False)
"""


@pytest.mark.parametrize("changed", ["type_=sa.BigInteger()", 'new_column_name="a_rank"'], ids=["type", "name"])
def test_a_column_that_is_copied_before_it_is_filled_is_refused(tmp_path: Path, changed: str) -> None:
    folder = project(tmp_path, TABLES, f'{FILLED}op.alter_column("users", "rank", {changed})')
    with pytest.raises(SplitRefused, match="rank is filled by a trigger that fires only after zzz_safemigrate_"):
        release(folder, "r1")


def test_a_column_that_is_filled_before_it_is_copied_reaches_its_copy(tmp_path: Path, database: str) -> None:
    folder = project(tmp_path, TABLES, f'{FILLED}op.alter_column("users", "rank", new_column_name="standing")')
    split(folder, "r1")
    succeed(alembic(folder, database, "upgrade", "r2"))
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users VALUES (1)")
        assert connection.execute("SELECT rank, standing FROM users").fetchall() == [(0, 0)]
