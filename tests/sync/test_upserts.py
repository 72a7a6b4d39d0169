"""Why a person is asked about upserts: what two unique indexes over equal columns do to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

GIVEN = """
    CREATE TABLE customers (id integer PRIMARY KEY, mail text, email text, seen boolean);
    -- an index whose entry for the first row is held up, so that the entries behind it come late
    CREATE FUNCTION held(id integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
    BEGIN
      IF id = 1 THEN PERFORM pg_advisory_xact_lock(7); END IF;
      RETURN id;
    END $$;
    CREATE INDEX held ON customers (held(id));
    CREATE UNIQUE INDEX one_mail ON customers (mail);
"""
HELD_UP = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (\
SELECT oid FROM pg_database WHERE datname = current_database())"


def upsert(target: str, number: int) -> bytes:
    return f"""
        INSERT INTO customers (id, mail, email) VALUES ({number}, 'ada', 'ada')
        ON CONFLICT ({target}) DO UPDATE SET seen = true
    """.encode()


def late(database: str, target: str) -> BaseException | None:
    """What befalls an upsert between whose look for the value and whose own entry another session inserts it."""
    failures: list[BaseException] = []

    def late_upsert() -> None:
        try:
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(upsert(target, 1))
        except psycopg.Error as failure:
            failures.append(failure)

    with psycopg.connect(database, autocommit=True) as holder, psycopg.connect(database, autocommit=True) as quick:
        holder.execute("SELECT pg_advisory_lock(7)")
        thread = threading.Thread(target=late_upsert)
        thread.start()
        while holder.execute(HELD_UP).fetchone() is None:
            time.sleep(0.01)
        quick.execute(upsert(target, 2))
        holder.execute("SELECT pg_advisory_unlock(7)")
        thread.join()
    return failures[0] if failures else None


@pytest.mark.parametrize("target", ["mail", "email"])
def test_an_upsert_of_either_version_may_meet_the_other_unique_index(
    make_database: Callable[..., str], target: str
) -> None:
    database = make_database()
    with psycopg.connect(database) as connection:
        connection.execute(f"{GIVEN} CREATE UNIQUE INDEX one_email ON customers (email)".encode())
    assert isinstance(late(database, target), psycopg.errors.UniqueViolation)


def test_with_a_plain_index_beside_the_unique_one_no_upsert_fails(make_database: Callable[..., str]) -> None:
    database = make_database()
    with psycopg.connect(database) as connection:
        connection.execute(f"{GIVEN} CREATE INDEX one_email ON customers (email)".encode())
    assert late(database, "mail") is None
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id, seen FROM customers").fetchall() == [(2, True)]
