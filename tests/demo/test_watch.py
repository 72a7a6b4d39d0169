"""The watch tells waits for the migration from waits for anybody else, and how long they were."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import psycopg
import pytest

from safemigrate.demo.reader import Reader
from safemigrate.demo.watch import Session, Waits, Watch
from safemigrate.server import Server

MIGRATION = Session(1, "alembic")
APP, OTHER_APP, REPORT = "shop@1/c58e", "shop@2/4d90", "report@1/c58e"


def longest(*samples: tuple[float, Iterable[Session]]) -> float:
    waits = Waits()
    for at, sessions in samples:
        waits.add(at, sessions)
    return round(waits.longest_ms, 3)


def waiting(pid: int, *blockers: int, since: float) -> Session:
    return Session(pid, APP, blockers, since)


def test_a_wait_is_measured_from_the_server_s_own_start() -> None:
    assert longest((10.3, [MIGRATION, waiting(2, 1, since=10.0)]), (10.4, [MIGRATION, Session(2, APP)])) == 300


def test_a_queue_behind_the_migration_is_a_wait_for_it() -> None:
    reader, queued = Session(9, REPORT), Session(1, "", (9,), 10.0)

    assert longest((10.5, [reader, queued, waiting(2, 1, since=10.1)])) == 400


def test_a_wait_for_somebody_who_waits_for_the_migration_counts() -> None:
    assert longest((10.5, [MIGRATION, waiting(2, 1, since=10.1), waiting(3, 2, since=10.2)])) == 400
    assert longest((10.5, [MIGRATION, Session(2, OTHER_APP, (1,), 10.45), waiting(3, 2, since=10.2)])) == 300


def test_a_wait_for_another_process_does_not_count() -> None:
    assert longest((10.5, [MIGRATION, Session(2, APP), waiting(3, 2, since=10.1)])) == 0


def test_the_migration_s_own_wait_does_not_count() -> None:
    assert longest((10.5, [Session(2, APP), Session(1, "safemigrate/expand", (2,), 10.0)])) == 0


def test_who_waited_before_the_migration_came_waits_for_it_from_then_on() -> None:
    alone = [Session(2, APP), waiting(3, 2, since=10.0)]
    joined = [MIGRATION, Session(2, APP), waiting(3, 2, 1, since=10.0)]

    assert longest((10.1, alone), (10.5, joined), (10.8, joined)) == 300


def test_two_short_waits_are_not_one_long_one() -> None:
    assert (
        longest(
            (10.1, [MIGRATION, waiting(2, 1, since=10.0)]),
            (10.2, [MIGRATION, waiting(2, 1, since=10.15)]),
            (10.3, [MIGRATION, waiting(2, 1, since=10.25)]),
        )
        == 100
    )


def test_sessions_that_block_each_other_end_the_search() -> None:
    assert longest((10.5, [waiting(2, 3, since=10.0), waiting(3, 2, since=10.0)])) == 0


@pytest.mark.xdist_group("demo")
def test_a_real_queue_is_seen(server: Server, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "CREATE TABLE customers (id int); CREATE TABLE orders (customer_id int, id int, total int);"
            "CREATE SCHEMA billing; CREATE TABLE billing.invoices (order_id int)"
        )
    with Watch(server.url, urlsplit(database).path[1:]) as watch:
        reader = Reader(database, name=REPORT)
        migration = threading.Thread(target=run, args=(database, "alembic", "ALTER TABLE customers ADD note text"))
        migration.start()
        await_lock_waits(database, 1)
        application = threading.Thread(target=run, args=(database, APP, "SELECT FROM customers"))
        application.start()
        await_lock_waits(database, 2)
        assert watch.migration_waited_since is not None
        time.sleep(0.3)
        reader.close()
        migration.join()
        application.join()
        watch.stop()

    assert 250 < watch.waits.longest_ms < 10_000
    assert watch.waits.samples > 10


def run(database: str, application: str, statement: str) -> None:
    with psycopg.connect(database, application_name=application) as connection:
        connection.execute(statement.encode())


def await_lock_waits(database: str, number: int) -> None:
    deadline = time.monotonic() + 20
    with psycopg.connect(database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if row == (number,):
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")
