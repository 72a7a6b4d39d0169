"""What may or may not run, and values that travel beside their statement: neither makes a dangerous change safe."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, split, succeed

from safemigrate.errors import SplitRefused

TABLES = """
op.execute("CREATE TABLE jobs (id bigint PRIMARY KEY, at timestamp, state text, done boolean)")
"""
GUARDED = """
columns = {c["name"]: c for c in sa.inspect(op.get_bind()).get_columns("jobs")}
if "at" in columns:
    op.execute("ALTER TABLE jobs ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC'")
"""
BOUND = """
jobs = sa.table("jobs", sa.column("state", sa.String()), sa.column("done", sa.Boolean()))
op.execute(jobs.update().where(jobs.c.state.is_(None)).values(state="it's new"))
op.execute(jobs.update().where(jobs.c.done.is_(None)).values(done=False))
op.alter_column("jobs", "done", nullable=False)
"""


def test_what_an_inspector_guards_is_refused_where_it_has_no_safe_form(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, GUARDED)
    with pytest.raises(SplitRefused, match=r"jobs\.at is timestamp without time zone to the old version"):
        split(folder, "r1")
    assert chain(folder) == ["r1", "r2"]


def test_an_update_with_bound_values_is_moved(tmp_path: Path, database: str) -> None:
    folder = project(tmp_path, TABLES, BOUND)
    split(folder, "r1")
    assert chain(folder) == ["r1", "r2", "r2_migrate", "r2_contract"]

    succeed(alembic(folder, database, "upgrade", "r1"))
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO jobs VALUES (1, NULL, NULL, NULL), (2, NULL, 'old', true)")
    succeed(alembic(folder, database, "upgrade", "head", allow=True))
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id, state, done FROM jobs ORDER BY id").fetchall() == [
            (1, "it's new", False),
            (2, "old", True),
        ]
