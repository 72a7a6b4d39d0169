"""``lint --observe``: a user's statements on a throw-away server, and where the model says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safemigrate.cli.lint import command as lint
from safemigrate.lint.revisions import Conditions, revision_runs
from safemigrate.lint.script import Script, script_runs
from safemigrate.schema import LockMode, Name, Work
from safemigrate.server import Server
from safemigrate.verify.observation import Observation, observe_revisions, observe_scripts

SCHEMA = """
CREATE TABLE users (id bigint PRIMARY KEY, name text, made timestamp);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
"""
USERS, ORDERS = Name("users", "public"), Name("orders", "public")

ENV = """
from alembic import context
from sqlalchemy import create_engine
engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
import sqlalchemy as sa
from alembic import op
revision = "{id}"
down_revision = {down!r}
def upgrade():
    {body}
def downgrade():
    pass
"""


def observed(sql: str, server: Server, *, autocommit: bool = False) -> tuple[Observation, ...]:
    script = Script(Path("change.sql"), sql, autocommit)
    return observe_scripts(script_runs([script], conditions()), server, schema_sql=SCHEMA)


def conditions() -> Conditions:
    import datetime

    return Conditions(datetime.date(2026, 1, 1), schema_sql=SCHEMA)


def ran(folder: Path, sql: str, *options: str) -> Result:
    (folder / "schema.sql").write_text(SCHEMA)
    (folder / "change.sql").write_text(f"SET lock_timeout = '1s';\n{sql}\n")
    arguments = ["--sql", "change.sql", "--schema", "schema.sql", "--fail-on", "never", "--observe", *options]
    return CliRunner().invoke(lint, arguments, catch_exceptions=False)


def _three_revisions(tmp_path: Path) -> Path:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (tmp_path / "migrations" / "env.py").write_text(ENV)
    bodies = (
        ('op.create_table("users", sa.Column("id", sa.BigInteger(), primary_key=True))', "a1", None),
        ('op.add_column("users", sa.Column("name", sa.Text()))', "a2", "a1"),
        ('op.execute("ALTER TABLE users ALTER COLUMN name SET NOT NULL")', "a3", "a2"),
    )
    for body, name, down in bodies:
        (versions / f"{name}_.py").write_text(REVISION.format(id=name, down=down, body=body))
    return tmp_path / "alembic.ini"


def test_each_statement_is_observed_on_what_those_before_it_left(server: Server) -> None:
    first, second = observed("ALTER TABLE users ADD COLUMN age integer; CREATE INDEX ON users (age);", server)
    assert first.observed is not None
    assert second.observed is not None
    assert first.observed.locks == {USERS: LockMode.ACCESS_EXCLUSIVE}
    assert (first.observed.work, second.observed.work) == (Work.INSTANT, Work.INDEX_BUILD)
    assert second.observed.blocked_writes == {USERS}
    assert first.differences == second.differences == ()


def test_what_earlier_statements_of_the_transaction_hold_is_told_beside(server: Server) -> None:
    first, second = observed("ALTER TABLE users ADD COLUMN age integer; UPDATE orders SET user_id = 1;", server)
    assert first.observed is not None
    assert second.observed is not None
    assert first.observed.kept == {}
    assert second.observed.kept == {USERS: LockMode.ACCESS_EXCLUSIVE}
    assert second.observed.locks == {ORDERS: LockMode.ROW_EXCLUSIVE}
    assert second.observed.blocked_reads == {USERS}
    assert first.differences == second.differences == ()


def test_statements_that_commit_themselves_hold_nothing_for_the_next(server: Server) -> None:
    sql = "ALTER TABLE users ADD COLUMN age integer; UPDATE orders SET user_id = 1;"
    _, second = observed(sql, server, autocommit=True)
    assert second.observed is not None
    assert (second.observed.kept, second.observed.blocked_reads) == ({}, frozenset())


def test_a_savepoint_gives_back_what_was_locked_behind_it(server: Server) -> None:
    *_, last = observed(
        "SAVEPOINT s; ALTER TABLE users ADD COLUMN age integer; ROLLBACK TO SAVEPOINT s;"
        " UPDATE orders SET user_id = 1;",
        server,
    )
    assert last.observed is not None
    assert last.observed.kept.get(USERS, LockMode.ACCESS_SHARE) is LockMode.ACCESS_SHARE
    assert last.observed.blocked_reads == frozenset()


def test_tables_that_only_the_transaction_sees_keep_nobody_waiting(server: Server) -> None:
    found = observed(
        "CREATE TABLE new_users (id bigint PRIMARY KEY); ALTER TABLE new_users ADD COLUMN name text;"
        " ALTER TABLE users RENAME TO old_users; ALTER TABLE new_users RENAME TO users;"
        " CREATE INDEX ON users (name);",
        server,
    )
    last = found[-1].observed
    assert last is not None
    assert last.blocked_reads == {Name("old_users", "public")}
    assert [each.differences for each in found] == [()] * 5


def test_what_the_model_cannot_know_is_told_as_a_difference(server: Server) -> None:
    _, change = observed("SET timezone = 'UTC'; ALTER TABLE users ALTER COLUMN made TYPE timestamptz;", server)
    assert change.differences == ("the model says rewrite, PostgreSQL does instant",)


def test_a_refused_statement_ends_the_observation(server: Server) -> None:
    first, second, third = observed("SELECT 1; ALTER TABLE nobody ADD COLUMN a int; DROP TABLE users;", server)
    assert (first.refused, third.refused) == ("", "")
    assert second.refused == 'relation "nobody" does not exist'
    assert third.skipped == "what comes before it, at line 1, was refused"


def test_what_commits_in_between_is_seen_from_beside(server: Server) -> None:
    (build, drop) = observed(
        "CREATE INDEX CONCURRENTLY ix ON users (name); DROP INDEX CONCURRENTLY ix;", server, autocommit=True
    )
    assert build.observed is not None
    assert drop.observed is not None
    assert build.observed.locks == drop.observed.locks == {USERS: LockMode.SHARE_UPDATE_EXCLUSIVE}
    assert build.observed.work is Work.INDEX_BUILD
    assert build.differences == drop.differences == ()


def test_no_database_is_left_behind(server: Server) -> None:
    import psycopg

    observed("CREATE INDEX CONCURRENTLY ix ON users (name);", server, autocommit=True)
    with psycopg.connect(server.url) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'observe%'").fetchall()
    assert left == []


def test_lint_tells_what_it_observed_and_its_report_stays_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = ran(tmp_path, "ALTER TABLE users ALTER COLUMN name SET NOT NULL;", "--format", "json")
    assert result.exit_code == 0
    assert "ACCESS EXCLUSIVE on public.users; scan of public.users" in result.stderr
    assert "2 statements observed: 0 not as the model says" in result.stderr
    assert result.stdout.startswith("{")


def test_lint_tells_what_the_transaction_holds_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = ran(tmp_path, "ALTER TABLE users ADD COLUMN age integer;\nUPDATE orders SET user_id = 1 WHERE id = 1;")
    assert (
        "ROW EXCLUSIVE on public.orders; while the transaction holds ACCESS EXCLUSIVE on public.users"
        in result.stderr
    )


def test_a_statement_that_postgresql_refuses_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = ran(tmp_path, "ALTER TABLE users ADD COLUMN name text;")
    assert result.exit_code == 1
    assert 'refused: column "name" of relation "users" already exists' in result.stderr


def test_revisions_are_observed_behind_their_ancestors(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safemigrate.history import load

    history = load(_three_revisions(tmp_path))
    asked = Conditions(conditions().today)
    runs = revision_runs(history, {"a3"}, asked)
    (only,) = observe_revisions(history, runs, server)
    assert only.observed is not None, only
    assert only.observed.locks == {USERS: LockMode.ACCESS_EXCLUSIVE}
    assert only.observed.work is Work.SCAN
    assert only.differences == ()
    both = observe_revisions(history, revision_runs(history, {"a2", "a3"}, asked), server)
    assert [each.statement.revision for each in both if each.observed] == ["a2", "a3"]


def test_revisions_that_share_a_transaction_hold_locks_for_each_other(tmp_path: Path, server: Server) -> None:
    from safemigrate.history import load

    history = load(_three_revisions(tmp_path))
    runs = revision_runs(history, ["a2", "a3"], Conditions(conditions().today))
    apart = observe_revisions(history, runs, server)
    shared = observe_revisions(history, runs, server, shared=True)
    assert [each.observed.kept for each in apart if each.observed] == [{}, {}]
    assert [each.observed.kept for each in shared if each.observed] == [{}, {USERS: LockMode.ACCESS_EXCLUSIVE}]
