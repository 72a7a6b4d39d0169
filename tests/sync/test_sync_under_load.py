"""Both versions write at once, through the backfill and through contract: nothing fails and nothing is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from safemigrate.rulebook.shapes import prove_not_null
from safemigrate.schema import Name, Operation
from safemigrate.schema.operations import DropColumn, DropObject
from safemigrate.schema.sync import CreateSyncFunction, CreateSyncTrigger

Run = Callable[[str], list[tuple[object, ...]]]
Sync = Callable[..., None]
Writer = Callable[[psycopg.Cursor[tuple[object, ...]], random.Random, str], None]

CUSTOMERS = Name("customers")
ROWS = 20_000
SHARED = range(1, 200)


def write_by(column: str, other: str) -> Writer:
    """One transaction of a version that knows *column*; what it wrote must be what a reader of *other* finds."""

    def write(cursor: psycopg.Cursor[tuple[object, ...]], chance: random.Random, value: str) -> None:
        id_ = chance.choice(SHARED) if chance.random() < 0.5 else chance.randint(1, ROWS)
        match chance.randrange(5):
            case 0:
                cursor.execute(b"DELETE FROM customers WHERE id = %s", [id_])
                return
            case 1:
                cursor.execute(b"UPDATE customers SET visits = visits + 1 WHERE id = %s", [id_])
                sql = f"SELECT {column}, {other} FROM customers WHERE id = %s"
                for mine, theirs in cursor.execute(sql.encode(), [id_]):
                    assert mine == theirs
                return
            case 2:
                sql = f"UPDATE customers SET {column} = %s WHERE id = %s"
                cursor.execute(sql.encode(), [value, id_])
            case _:
                sql = (
                    f"INSERT INTO customers (id, {column}) VALUES (%s, %s) "
                    f"ON CONFLICT (id) DO UPDATE SET {column} = EXCLUDED.{column}"
                )
                cursor.execute(sql.encode(), [id_, value])
        if cursor.rowcount:
            # the row is still locked by this transaction
            found = cursor.execute(f"SELECT {other} FROM customers WHERE id = %s".encode(), [id_]).fetchone()
            assert found == (value,)

    return write


@contextmanager
def load(url: str, writers: list[Writer]) -> Iterator[list[int]]:
    """Writers at work, each on a connection of its own; what befell them is raised at the end."""
    stop = threading.Event()
    failures: list[BaseException] = []
    counts = [0] * len(writers)

    def work(number: int, write: Writer) -> None:
        chance = random.Random(number)
        try:
            with psycopg.connect(url) as connection, connection.cursor() as cursor:
                while not stop.is_set():
                    write(cursor, chance, f"{number}-{counts[number]}")
                    connection.commit()
                    counts[number] += 1
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=item) for item in enumerate(writers)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def backfill(run: Run) -> None:
    """Copies the old column in batches by primary key, as apply does."""
    cursor = 0
    while rows := run(f"""
        WITH batch AS (
            SELECT id FROM customers WHERE id > {cursor} ORDER BY id LIMIT 500 FOR NO KEY UPDATE
        ), done AS (
            UPDATE customers c SET name = c.full_name FROM batch b
            WHERE c.id = b.id AND c.name IS NULL AND c.full_name IS NOT NULL
        )
        SELECT max(id) FROM batch HAVING count(*) > 0
    """):
        cursor = int(str(rows[0][0]))
        time.sleep(0.02)


def customers(run: Run) -> None:
    run("CREATE TABLE customers (id int PRIMARY KEY, full_name text NOT NULL, visits int NOT NULL DEFAULT 0)")
    run(f"INSERT INTO customers (id, full_name) SELECT i, 'customer ' || i FROM generate_series(1, {ROWS}) i")


def test_two_versions_and_a_backfill_at_once_lose_nothing(database: str, run: Run, sync: Sync) -> None:
    customers(run)
    sync(CUSTOMERS, "full_name", "name")
    old, new = write_by("full_name", "name"), write_by("name", "full_name")
    with load(database, [old, new, new]) as counts:
        started = time.monotonic()
        backfill(run)
        time.sleep(max(0.0, 3 - (time.monotonic() - started)))
    assert min(counts) > 0
    assert run("SELECT count(*) FROM customers WHERE NOT record_image_eq(ROW(name), ROW(full_name))") == [(0,)]


def test_expand_may_come_while_the_old_version_writes(database: str, run: Run, sync: Sync) -> None:
    customers(run)
    with load(database, [write_by("full_name", "full_name")] * 3):
        time.sleep(0.3)
        sync(CUSTOMERS, "full_name", "name")
        backfill(run)
    assert run("SELECT count(*) FROM customers WHERE NOT record_image_eq(ROW(name), ROW(full_name))") == [(0,)]


def test_contract_may_come_while_the_new_version_writes(
    database: str, connection: psycopg.Connection[object], run: Run, sync: Sync
) -> None:
    customers(run)
    sync(CUSTOMERS, "full_name", "name")
    backfill(run)
    switch: tuple[Operation, ...] = (
        DropObject("TRIGGER", Name(CreateSyncTrigger(CUSTOMERS, "name", "full_name").trigger), table=CUSTOMERS),
        DropObject("FUNCTION", CreateSyncFunction(CUSTOMERS, "full_name", "name").function, signature="()"),
        DropColumn(CUSTOMERS, "full_name"),
    )
    with load(database, [write_by("name", "name")] * 3):
        for step in (*prove_not_null(CUSTOMERS, "name"), switch):
            time.sleep(0.3)
            with connection.transaction():
                for operation in step:
                    connection.execute(operation.sql().encode())
        time.sleep(0.3)
    assert run("SELECT count(*) FROM pg_proc WHERE proname LIKE 'safemigrate%'") == [(0,)]
    assert run("SELECT count(*) FROM customers WHERE name IS NULL") == [(0,)]
