"""What apply takes for done when it begins, or begins again: only what certainly ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from histories import apply, ask, made, project, revision, stamped, version

from safemigrate.apply import Project
from safemigrate.apply.journal import Journal
from safemigrate.errors import NotProven, StepFailed
from safemigrate.history import Phase
from safemigrate.plan.plan import Step

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


@pytest.mark.parametrize(
    ("given", "drop", "make", "question"),
    [
        (
            "ALTER TABLE audit ADD CONSTRAINT ck CHECK (id > 0)",
            "ALTER TABLE audit DROP CONSTRAINT ck",
            "ALTER TABLE audit ADD CONSTRAINT ck CHECK (id > 7)",
            "SELECT pg_get_constraintdef(oid) LIKE '%7%' FROM pg_constraint WHERE conname = 'ck'",
        ),
        (
            "CREATE INDEX noted ON audit (note)",
            "DROP INDEX noted",
            "CREATE INDEX noted ON audit (id)",
            "SELECT pg_get_indexdef('noted'::regclass) LIKE '%(id)'",
        ),
        (
            "CREATE VIEW seen AS SELECT id FROM audit",
            "DROP VIEW seen",
            "CREATE VIEW seen AS SELECT note FROM audit",
            "SELECT attname = 'note' FROM pg_attribute WHERE attrelid = 'seen'::regclass",
        ),
        (
            "CREATE TABLE a (x int)",
            "DROP TABLE a",
            "CREATE TABLE a (y int)",
            "SELECT attname = 'y' FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum = 1",
        ),
        (
            "CREATE TABLE a (x int, y int DEFAULT 1)",
            "ALTER TABLE a DROP COLUMN y",
            "ALTER TABLE a ADD COLUMN y int",
            "SELECT NOT atthasdef FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'y'",
        ),
    ],
)
def test_what_is_dropped_and_made_again_is_not_taken_for_done(
    folder: Path, database: str, given: str, drop: str, make: str, question: str
) -> None:
    path = folder / "migrations" / "versions" / "r1.py"
    path.write_text(path.read_text().replace("\n\ndef downgrade", f'    op.execute("{given}")\n\n\ndef downgrade', 1))
    live = with_statements(folder, database, drop, make)
    with psycopg.connect(database) as connection:
        connection.execute(given.encode())
    apply(live, Phase.EXPAND)
    assert ask(database, question)


def test_a_conversion_to_the_same_type_is_not_taken_for_done(folder: Path, database: str) -> None:
    live = with_statements(folder, database, "ALTER TABLE users ALTER full_name TYPE text USING upper(full_name)")
    apply(live, Phase.EXPAND)
    assert ask(database, "SELECT bool_and(full_name = upper(full_name)) FROM users")


def test_a_function_that_is_selected_is_called(folder: Path, database: str) -> None:
    live = with_statements(folder, database, "CREATE SEQUENCE numbers", "SELECT setval('numbers', 41)")
    apply(live, Phase.EXPAND)
    assert ask(database, "SELECT nextval('numbers')") == 42


def test_a_search_path_is_set_again_and_does_not_outlive_its_revision(folder: Path, database: str) -> None:
    body = """
with op.get_context().autocommit_block():
    op.execute("SET search_path TO app")
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY named ON users (full_name)")
    op.execute("CREATE INDEX CONCURRENTLY again ON users (full_name)")
"""
    revision(folder, "r2", "r1", body)
    revision(folder, "r3", "r2", "op.execute(\"COMMENT ON TABLE audit IS 'ours'\")")
    stamped(folder, database, rows=3)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA app; CREATE TABLE app.users (id int, full_name text)")
        # what a killed run left, and what has nothing to do with it
        connection.execute("CREATE INDEX named ON app.users (full_name); CREATE INDEX again ON users (full_name)")
    (outcome,) = apply(project(folder, database), Phase.EXPAND)
    assert [step.did.value for step in outcome.steps[:3]] == ["ran", "found done", "ran"]
    assert ask(database, "SELECT count(*) FROM pg_indexes WHERE schemaname = 'app'") == 2
    assert ask(database, "SELECT obj_description('public.audit'::regclass)") == "ours"


def test_the_reason_of_a_stop_is_kept_without_passwords(folder: Path, database: str) -> None:
    live = with_statements(folder, database, "DO 'BEGIN RAISE EXCEPTION $$password=hunter2$$; END'")
    with pytest.raises(StepFailed):
        apply(live, Phase.EXPAND)
    assert "hunter2" not in ask(database, "SELECT reason FROM safemigrate.run")


def test_a_step_that_may_have_run_is_not_run_twice(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A procedure that commits by itself: killed behind it, before the journal says so."""
    body = """
op.execute("COMMENT ON TABLE audit IS 'ours'")
with op.get_context().autocommit_block():
    op.execute("CALL count_up()")
"""
    revision(folder, "r2", "r1", body)
    stamped(folder, database, rows=3)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE PROCEDURE count_up() LANGUAGE sql AS 'INSERT INTO audit VALUES (1)'")
    live = project(folder, database)
    real = Journal.write

    def interrupted(journal: Journal, step: Step, state: str, **more: Any) -> None:
        if state == "done" and step.number == 2:
            raise KeyboardInterrupt
        real(journal, step, state, **more)

    monkeypatch.setattr(Journal, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply(live, Phase.EXPAND)
    monkeypatch.setattr(Journal, "write", real)
    for _ in range(2):
        with pytest.raises(NotProven, match="r2/2 was begun") as found:
            apply(live, Phase.EXPAND)
    assert ask(database, "SELECT count(*) FROM audit") == 1
    done = str(found.value).partition("If it was done, ")[2].partition(";")[0]
    with psycopg.connect(database) as connection:
        connection.execute(done.encode())
    apply(live, Phase.EXPAND)
    assert version(database) == "r2"
    assert ask(database, "SELECT count(*) FROM audit") == 1


def test_a_step_that_was_refused_may_run_again(folder: Path, database: str) -> None:
    revision(folder, "r2", "r1", 'with op.get_context().autocommit_block():\n    op.execute("CALL later()")')
    stamped(folder, database, rows=3)
    live = project(folder, database)
    for _ in range(2):
        with pytest.raises(StepFailed):
            apply(live, Phase.EXPAND)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE PROCEDURE later() LANGUAGE sql AS 'INSERT INTO audit VALUES (1)'")
    apply(live, Phase.EXPAND)
    assert ask(database, "SELECT count(*) FROM audit") == 1
