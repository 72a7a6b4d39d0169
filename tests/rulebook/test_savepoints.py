"""What a transaction takes back, as the replay has it and as PostgreSQL has it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from safemigrate.history import Reading, Revision, Statement
from safemigrate.rulebook import replay
from safemigrate.schema import Name, Schema

GIVEN = "CREATE TABLE a (id int, name text)"

CASES = (
    "SAVEPOINT s; ALTER TABLE a DROP COLUMN name; ROLLBACK TO s",
    "SAVEPOINT s; ALTER TABLE a DROP COLUMN name; ROLLBACK TO SAVEPOINT s; ALTER TABLE a ADD COLUMN b int",
    "SAVEPOINT s; ALTER TABLE a DROP COLUMN name; RELEASE s",
    "ALTER TABLE a ADD COLUMN b int; SAVEPOINT s; DROP TABLE a; ROLLBACK TRANSACTION TO SAVEPOINT s",
    "SAVEPOINT s; CREATE TABLE b (id int); SAVEPOINT t; CREATE TABLE c (id int); ROLLBACK TO s",
    "SAVEPOINT s; CREATE TABLE b (id int); SAVEPOINT t; CREATE TABLE c (id int); ROLLBACK TO t",
    # a name that is set again hides the first until it is released
    "SAVEPOINT s; CREATE TABLE b (id int); SAVEPOINT s; CREATE TABLE c (id int); ROLLBACK TO s",
    "SAVEPOINT s; CREATE TABLE b (id int); SAVEPOINT s; CREATE TABLE c (id int); RELEASE s; ROLLBACK TO s",
    # it stands on once it was gone back to
    "SAVEPOINT s; CREATE TABLE b (id int); ROLLBACK TO s; CREATE TABLE c (id int); ROLLBACK TO s",
    'SAVEPOINT S; CREATE TABLE b (id int); SAVEPOINT "S"; CREATE TABLE c (id int); ROLLBACK TO s',
    "SAVEPOINT s; SET search_path = pg_temp, public; ROLLBACK TO s; CREATE TABLE b (id int)",
    "SAVEPOINT s; CREATE TABLE b (id int); ROLLBACK; CREATE TABLE c (id int)",
    "CREATE TABLE b (id int); COMMIT; CREATE TABLE c (id int); ROLLBACK",
    "BEGIN; CREATE TABLE b (id int); ROLLBACK; BEGIN; CREATE TABLE c (id int); COMMIT",
)


@pytest.mark.parametrize("sql", CASES)
def test_the_replay_takes_back_what_postgresql_takes_back(database: str, sql: str) -> None:
    statements = [text.strip() for text in sql.split(";")]
    # the driver begins a transaction whenever none is open
    with psycopg.connect(database) as connection:
        connection.execute(GIVEN)
        connection.commit()
        for text in statements:
            connection.execute(text)
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()

    schema = _replayed(GIVEN, *statements)

    assert set(rows) == {(n.name, column) for n, t in schema.tables.items() for column in t.columns}


def test_behind_a_savepoint_that_nobody_saw_nothing_is_known() -> None:
    schema = _replayed(GIVEN, "SAVEPOINT seen", "ROLLBACK TO unseen")

    assert not schema.exists(Name("a")).certain
    assert schema.exists(Name("a")).possible
    assert schema.exists(Name("never")).possible


def test_releasing_and_beginning_anew_forget_savepoints() -> None:
    for before, then in pairwise(("RELEASE s", "COMMIT", "BEGIN")):
        schema = _replayed(GIVEN, "SAVEPOINT s", before, then, "ROLLBACK TO s")

        assert not schema.exists(Name("a")).certain


def _replayed(first: str, *rest: str) -> Schema:
    path = Path("a.py")
    given = Reading(Revision("a", (), path), (Statement(first, "a", path, 1),))
    statements = tuple(Statement(sql, "b", path, line) for line, sql in enumerate(rest, 1))
    *_, run = replay([given, Reading(Revision("b", ("a",), path), statements)], Schema(complete=True))
    return run.operations[-1].after
