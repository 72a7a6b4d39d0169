"""What apply takes for done when it begins, or begins again: only what certainly ran."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from histories import apply, ask, made, project, revision, stamped, version

from safemigrate.apply import Project
from safemigrate.history import Phase

TABLE = "CREATE TABLE users (id bigint PRIMARY KEY, full_name text NOT NULL)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A history whose first revision is the database of *stamped*."""
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, f'op.execute("{TABLE}")\nop.execute("CREATE TABLE audit (id bigint, note text)")')
    return folder


def with_statements(folder: Path, url: str, *statements: str, phase: str | None = None) -> Project:
    """The history with a revision of *statements*, on a database where it is pending."""
    revision(folder, "r2", "r1", "\n".join(f'op.execute("{sql}")' for sql in statements), phase=phase)
    stamped(folder, url, rows=3)
    return project(folder, url)


def test_a_plain_revision_of_tables_views_and_indexes_runs(folder: Path, database: str) -> None:
    body = """
op.create_table("orders", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("at", sa.DateTime()))
op.create_index("orders_at", "orders", ["at"])
op.execute("CREATE VIEW names AS SELECT full_name FROM users")
op.execute("CREATE SEQUENCE numbers")
op.drop_table("audit")
"""
    revision(folder, "r2", "r1", body)
    stamped(folder, database, rows=3)
    apply(project(folder, database), Phase.EXPAND)
    assert version(database) == "r2"
    names = "SELECT count(*) FROM pg_class WHERE relname IN ('orders', 'orders_at', 'names', 'numbers', 'audit')"
    assert ask(database, names) == 4
