"""A release led past a contract that waits: both orders end in the same schema, and what depends is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import add_revision, alembic, chain, history, project, run, runs, split, succeed

from safemigrate.errors import SplitRefused
from safemigrate.plan.defer import defer, find_waiting
from safemigrate.schema.catalog import Catalog, differences, snapshot

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, full_name text NOT NULL, fax text)")
op.execute("CREATE TABLE posts (id bigint PRIMARY KEY, body text)")
op.execute("INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 5) i")
op.execute("INSERT INTO posts VALUES (1, 'hello')")
"""
RENAME = 'op.alter_column("users", "full_name", new_column_name="name")'
RENAME_BODY = 'op.alter_column("posts", "body", new_column_name="words")'
ADD_AGE = 'op.add_column("users", sa.Column("age", sa.Integer()))'


def deferred(folder: Path, *new: str) -> tuple[str, ...]:
    """Leads the revisions *new* past what waits, in the project's files."""
    found = history(folder)
    passed = find_waiting(found, new)
    stretch = {each.id for each in (*passed.waiting, *passed.ahead, *passed.behind)}
    files = defer(found, passed, [each for each in runs(folder) if each.revision.id in stretch])
    for file in files:
        file.path.write_text(file.text)
    return tuple(file.revision for file in files)


@pytest.fixture
def waiting(tmp_path: Path) -> Path:
    """Release r2 was split, and its contract waits; r3 and r4 are the next release, split as well."""
    folder = project(tmp_path / "project", TABLES, RENAME)
    split(folder, "r1")
    add_revision(folder, "r3", "r2_contract", ADD_AGE)
    add_revision(folder, "r4", "r3", RENAME_BODY)
    split(folder, "r2_contract")
    return folder


def catalog(database: str) -> Catalog:
    with psycopg.connect(database) as connection:
        return snapshot(connection, ignoring=["alembic_version"])


def applied(folder: Path, database: str, phase: str, *more: str) -> str:
    return succeed(run(folder, database, "-m", "safemigrate", "apply", "--phase", phase, *more))


def versions(database: str) -> list[str]:
    with psycopg.connect(database) as connection:
        return [str(row[0]) for row in connection.execute("SELECT version_num FROM alembic_version ORDER BY 1")]


def test_the_new_release_branches_off_and_a_merge_joins_the_two(waiting: Path) -> None:
    assert chain(waiting) == ["r1", "r2", "r2_migrate", "r2_contract", "r3", "r4", "r4_migrate", "r4_contract"]
    before = (waiting / "migrations" / "versions" / "r2_contract.py").read_text()
    assert deferred(waiting, "r3", "r4", "r4_migrate", "r4_contract") == ("r3", "r4_migrate_merge", "r4_contract")
    expected = "r1 r2 r2_migrate r3 r4 r4_migrate r2_contract r4_migrate_merge r4_contract".split()
    assert chain(waiting) == expected
    assert history(waiting).heads == ("r4_contract",)
    assert (waiting / "migrations" / "versions" / "r2_contract.py").read_text() == before


def test_both_orders_and_an_empty_database_end_in_the_same_schema(
    waiting: Path, make_database: Callable[..., str]
) -> None:
    passed, first, empty = make_database(), make_database(), make_database()
    for database in (passed, first):
        succeed(alembic(waiting, database, "upgrade", "r2_migrate"))
    # here the contract ran before anybody thought of leading the release past it
    succeed(alembic(waiting, first, "upgrade", "r2_contract", allow=True))
    deferred(waiting, "r3", "r4", "r4_migrate", "r4_contract")
    for database in (passed, first):
        applied(waiting, database, "expand")
        applied(waiting, database, "migrate")
    assert versions(passed) == ["r4_migrate"]
    assert versions(first) == ["r2_contract", "r4_migrate"]
    with psycopg.connect(passed) as connection:
        # the contract that waits has not run: the version before still finds its column
        connection.execute("UPDATE users SET full_name = 'by the old' WHERE id = 1")
        assert connection.execute("SELECT name, age FROM users WHERE id = 1").fetchall() == [("by the old", None)]
    for database in (passed, first):
        succeed(alembic(waiting, database, "upgrade", "head", allow=True))
        assert versions(database) == ["r4_contract"]
    succeed(alembic(waiting, empty, "upgrade", "head", allow=True))
    assert differences(catalog(passed), catalog(first)) == ()
    assert differences(catalog(passed), catalog(empty)) == ()


REFUSED = {
    "the column that the contract ends": (
        'op.execute("UPDATE users SET name = upper(name)")',
        r"r3 cannot run before r2_contract: both change (public\.)?users\.name",
    ),
    "the table, as far as anybody knows": (
        'op.execute("ALTER TABLE users ADD CONSTRAINT c CHECK (length(name) > 0) NOT VALID")',
        "r3 cannot run before r2_contract: both change",
    ),
    "what nobody can read": (
        'op.execute("DO $$ BEGIN EXECUTE current_user; END $$")',
        "r3 cannot run before r2_contract: one of them does what cannot be read",
    ),
}


@pytest.mark.parametrize(("body", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_provably_commute_is_refused_with_the_reason(tmp_path: Path, body: str, said: str) -> None:
    folder = project(tmp_path / "project", TABLES, RENAME)
    split(folder, "r1")
    add_revision(folder, "r3", "r2_contract", body)
    files = {path: path.read_text() for path in (folder / "migrations" / "versions").glob("*.py")}
    with pytest.raises(SplitRefused, match=said):
        deferred(folder, "r3")
    assert {path: path.read_text() for path in (folder / "migrations" / "versions").glob("*.py")} == files


def test_a_name_that_the_contract_takes_away_is_refused(tmp_path: Path) -> None:
    table = TABLES + '\nop.execute("CREATE SEQUENCE numbers")'
    folder = project(tmp_path / "project", table, 'op.execute("DROP SEQUENCE numbers")')
    split(folder, "r1")
    add_revision(folder, "r3", "r2_contract", 'op.execute("CREATE SEQUENCE numbers")')
    with pytest.raises(SplitRefused, match=r"r3 cannot run before r2_contract: both need the name public\.numbers"):
        deferred(folder, "r3")


def test_where_nothing_waits_there_is_nothing_to_do(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", TABLES, ADD_AGE)
    with pytest.raises(SplitRefused, match="no contract stands before the new revisions"):
        deferred(folder, "r2")


def test_a_release_is_led_past_once(waiting: Path) -> None:
    deferred(waiting, "r3", "r4", "r4_migrate", "r4_contract")
    with pytest.raises(SplitRefused):
        deferred(waiting, "r3", "r4", "r4_migrate", "r4_contract")


def test_the_command_shows_and_writes(waiting: Path, database: str) -> None:
    names = ("r3", "r4", "r4_migrate", "r4_contract")
    shown = succeed(run(waiting, database, "-m", "safemigrate", "defer", *names))
    assert "-down_revision = 'r2_contract'" in shown
    assert '+down_revision = "r2_migrate"' in shown
    assert "Nothing is written." in shown
    assert history(waiting).heads == ("r4_contract",)
    assert len(chain(waiting)) == 8
    succeed(run(waiting, database, "-m", "safemigrate", "defer", *names, "--write"))
    assert len(chain(waiting)) == 9
