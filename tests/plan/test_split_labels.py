"""A label that its own revision uses, which PostgreSQL refuses in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
from projects import alembic, chain, project, split, succeed

TABLES = """
op.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, mood mood)")
"""
USED = """
op.execute("ALTER TYPE mood ADD VALUE 'great'")
op.execute("UPDATE users SET mood = 'great' WHERE mood = 'ok'")
op.alter_column("users", "mood", server_default="great")
"""


def test_a_label_is_written_when_every_version_reads_it(tmp_path: Path, make_database: Callable[..., str]) -> None:
    parted, database = project(tmp_path, TABLES, USED), make_database()
    split(parted, "r1")
    assert chain(parted) == ["r1", "r2", "r2_contract"]
    succeed(alembic(parted, make_database(), "upgrade", "head"))
    succeed(alembic(parted, database, "upgrade", "r1"))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO users VALUES (1, 'sad'), (2, 'ok')")
        succeed(alembic(parted, database, "upgrade", "r2"))
        connection.execute("INSERT INTO users (id) VALUES (3)")
        before = connection.execute("SELECT id, mood::text FROM users ORDER BY id").fetchall()
        assert before == [(1, "sad"), (2, "ok"), (3, None)]
        succeed(alembic(parted, database, "upgrade", "head", allow=True))
        connection.execute("INSERT INTO users (id) VALUES (4)")
        moods = [mood for (mood,) in connection.execute("SELECT mood::text FROM users ORDER BY id")]
        assert moods == ["sad", "great", None, "great"]
