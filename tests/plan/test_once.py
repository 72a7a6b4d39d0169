"""What split writes does nothing under plain Alembic where its outcome is there, and clears what a failure left."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from projects import alembic, history, project, run, runs, split, succeed

from safemigrate.apply import GateOptions, Project, apply_phase
from safemigrate.history import Phase
from safemigrate.history.environment import Environment
from safemigrate.plan.plan import read_plan
from safemigrate.plan.style import Style

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text)")
op.execute("INSERT INTO users VALUES (1, 'ada'), (2, 'ada')")
"""
KEY = 'op.create_unique_constraint("users_email", "users", ["email"])'
CONSTRAINT = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'users_email'"
INDEX = """SELECT c.oid, c.relfilenode, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = 'users_email'"""


@pytest.mark.parametrize("style", Style)
def test_an_index_that_a_failed_build_left_is_built_anew(tmp_path: Path, database: str, style: Style) -> None:
    folder = project(tmp_path, TABLES, KEY)
    split(folder, "r1", style)
    refused = alembic(folder, database, "upgrade", "head", allow=True)
    assert "could not create unique index" in refused.stderr
    with psycopg.connect(database, autocommit=True) as connection:
        (left,) = connection.execute(INDEX).fetchall()
        assert not left[2]
        connection.execute("DELETE FROM users WHERE id = 2")
        succeed(alembic(folder, database, "upgrade", "head", allow=True))
        (built,) = connection.execute(INDEX).fetchall()
        assert built[2]
        assert connection.execute(CONSTRAINT).fetchone() == ("UNIQUE (email)",)


@pytest.mark.parametrize("style", Style)
def test_a_key_that_is_there_is_not_built_a_second_time(tmp_path: Path, database: str, style: Style) -> None:
    folder = project(tmp_path, TABLES.replace("'ada')\"", "'bob')\""), KEY)
    succeed(alembic(folder, database, "upgrade", "r2"))
    split(folder, "r1", style)
    with psycopg.connect(database, autocommit=True) as connection:
        # what refers to the key keeps PostgreSQL from dropping it
        connection.execute("CREATE TABLE letters (recipient text REFERENCES users (email))")
        before = connection.execute(INDEX).fetchall()
        succeed(alembic(folder, database, "upgrade", "head", allow=True))
        assert before == connection.execute(INDEX).fetchall()


def test_a_release_that_ends_with_a_revision_that_does_nothing_bears_to_have_run(
    tmp_path: Path, database: str
) -> None:
    required = 'op.alter_column("users", "email", nullable=False)'
    renamed = 'op.alter_column("users", "email", new_column_name="mail")'
    folder = project(tmp_path, TABLES, f"{required}\n{renamed}", "pass")
    succeed(alembic(folder, database, "upgrade", "r3"))
    split(folder, "r1")
    succeed(alembic(folder, database, "upgrade", "head", allow=True))
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id, mail FROM users ORDER BY id").fetchall() == [(1, "ada"), (2, "ada")]


def test_a_plan_holds_the_key_and_not_the_questions_around_it(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, KEY)
    split(folder, "r1")
    steps = read_plan(runs(folder)).phase(Phase.CONTRACT)
    assert [type(op).__name__ for step in steps for op in step.operations] == ["Guard", "CreateIndex", "AddUnique"]


def test_what_split_writes_gets_no_finding(tmp_path: Path, database: str) -> None:
    folder = project(tmp_path, TABLES, KEY)
    split(folder, "r1")
    assert "create-index" not in run(folder, database, "-m", "safemigrate", "lint", "r2_contract").stdout


TEAMS = """
op.create_table(
    "teams",
    sa.Column("id", sa.BigInteger(), primary_key=True),
    sa.Column("name", sa.Text())  # as it is shown
)
op.create_table(
    "rooms",
    sa.Column("id", sa.BigInteger(), primary_key=True)
)
op.add_column("users", sa.Column("team_id", sa.BigInteger(), comment="leads (them)"))  # not yet known
op.create_foreign_key("of_team", "users", "teams", ["team_id"], ["id"])
"""


def test_what_stays_in_front_of_a_commit_may_run_again(tmp_path: Path, database: str) -> None:
    folder = project(tmp_path, TABLES, TEAMS)
    split(folder, "r1")
    upgrade = (folder / "migrations" / "versions" / "r2.py").read_text().partition("def downgrade")[0]
    assert upgrade.count("IF NOT EXISTS") + upgrade.count("if_not_exists=True") == 3
    assert all(comment in upgrade for comment in ("# as it is shown", "# not yet known"))
    succeed(alembic(folder, database, "upgrade", "r2"))
    # as if it had been killed in the end
    succeed(alembic(folder, database, "stamp", "r1"))
    succeed(alembic(folder, database, "upgrade", "r2"))


NAMES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, first text, last text, kept text)")
op.execute("INSERT INTO users VALUES (1, 'Lovelace', 'Ada')")
"""
CHANGED = """
op.execute("CREATE TABLE teams (id bigint PRIMARY KEY)")
op.execute("UPDATE users SET kept = first WHERE id = 1")
op.execute("UPDATE users SET first = last WHERE id = 1")
op.execute("UPDATE users SET last = kept WHERE id = 1")
op.create_index("users_last", "users", ["last"])
"""


def test_values_change_places_once(tmp_path: Path, database: str) -> None:
    folder = project(tmp_path, NAMES, CHANGED)
    split(folder, "r1")
    succeed(alembic(folder, database, "upgrade", "r2"))
    # as if the index had not been built
    succeed(alembic(folder, database, "stamp", "r1"))
    succeed(alembic(folder, database, "upgrade", "r2"))
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT first, last FROM users").fetchall() == [("Ada", "Lovelace")]


WIDER = """
op.alter_column("users", "id", type_=sa.BigInteger())
op.create_foreign_key("of_user", "letters", "users", ["sender"], ["id"])
"""
REFERRED = """
op.execute("CREATE TABLE users (id integer PRIMARY KEY)")
op.execute("CREATE TABLE letters (sender integer)")
"""
FOREIGN_KEYS = (
    "SELECT conname, confrelid::regclass::text, convalidated FROM pg_constraint WHERE conrelid = 'letters'::regclass"
)


def test_apply_takes_away_what_a_later_step_makes_and_a_database_of_the_authored_revision_has(
    tmp_path: Path, database: str
) -> None:
    folder = project(tmp_path, REFERRED, WIDER)
    succeed(alembic(folder, database, "upgrade", "r2"))
    split(folder, "r1")
    for phase in (Phase.MIGRATE, Phase.CONTRACT):
        apply_phase(Project(history(folder), Environment(database)), phase, gates=GateOptions(samples=1))
    with psycopg.connect(database) as connection:
        assert connection.execute(FOREIGN_KEYS).fetchall() == [("of_user", "users", True)]


DAYS = """
op.execute("CREATE TABLE days (id bigint, day text) PARTITION BY RANGE (id)")
op.execute("CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10)")
op.execute("CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (10) TO (20)")
"""
DETACHED = """
with op.get_context().autocommit_block():
    op.execute("ALTER TABLE days DETACH PARTITION days_1 CONCURRENTLY")
op.drop_column("days", "day")
"""
PARTITIONS = "SELECT inhrelid::regclass::text, inhdetachpending FROM pg_inherits WHERE inhparent = 'days'::regclass"


@pytest.mark.parametrize("style", Style)
def test_a_detach_that_was_interrupted_is_finished(tmp_path: Path, database: str, style: Style) -> None:
    folder = project(tmp_path, DAYS, DETACHED)
    succeed(alembic(folder, database, "upgrade", "r1"))
    split(folder, "r1", style)
    with psycopg.connect(database) as reader, psycopg.connect(database, autocommit=True) as connection:
        reader.execute("SELECT FROM days")
        connection.execute("SET statement_timeout = '500ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("ALTER TABLE days DETACH PARTITION days_1 CONCURRENTLY")
        reader.rollback()
        assert sorted(connection.execute(PARTITIONS).fetchall()) == [("days_1", True), ("days_2", False)]
        succeed(alembic(folder, database, "upgrade", "head", allow=True))
        assert connection.execute(PARTITIONS).fetchall() == [("days_2", False)]


def test_the_sql_of_a_split_asks_nobody(tmp_path: Path, database: str) -> None:
    folder = project(tmp_path, DAYS, DETACHED)
    split(folder, "r1")
    sql = succeed(alembic(folder, database, "upgrade", "r1:head", "--sql"))
    assert "ALTER TABLE days DETACH PARTITION days_1 CONCURRENTLY;" in sql
    assert "safemigrate asks" not in sql


def test_a_plan_holds_the_detach_and_not_the_question_in_front(tmp_path: Path) -> None:
    folder = project(tmp_path, DAYS, DETACHED)
    split(folder, "r1")
    steps = read_plan(runs(folder)).phase(Phase.CONTRACT)
    assert [type(op).__name__ for step in steps for op in step.operations] == [
        "Guard",
        "DetachPartition",
        "DropColumn",
    ]
    assert all(placed.statement.certain for step in steps for placed in step.placed)
