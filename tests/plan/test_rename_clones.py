"""A renamed column with indexes, checks and foreign keys: both versions write through every phase, and back."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, split, succeed

from safemigrate.plan.style import Style
from safemigrate.schema.catalog import Catalog, differences, snapshot

TABLES = """
op.execute("CREATE TABLE customers (id bigint PRIMARY KEY)")
op.execute(\"\"\"CREATE TABLE orders (
    id bigint PRIMARY KEY, cust bigint NOT NULL REFERENCES customers ON DELETE CASCADE, note text,
    visits int DEFAULT 0,
    CONSTRAINT known CHECK (cust > 0 AND visits >= 0)
)\"\"\")
op.execute("CREATE INDEX by_customer ON orders (cust, visits DESC) WHERE cust > 1")
op.execute("CREATE INDEX odd ON orders ((cust % 7)) INCLUDE (note)")
op.execute("ALTER TABLE orders ADD CONSTRAINT small CHECK (cust < 1000000) NOT VALID")
"""
RENAME = 'op.alter_column("orders", "cust", new_column_name="customer_id")'
#: the new column has to stay, and what hangs on the old one is made anew on it
AND_INDEX = f'{RENAME}\nop.create_index("fresh", "orders", ["customer_id"])'
ROWS = 3000
CUSTOMERS = 50


@contextmanager
def traffic(database: str, *columns: str) -> Iterator[None]:
    """Writers of versions that know the column by these names; what befell them is raised at the end."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def write(column: str, seed: int) -> None:
        chance = random.Random(seed)
        try:
            with psycopg.connect(database, autocommit=True) as connection:
                while not stop.is_set():
                    id_, customer = chance.randint(1, ROWS * 2), chance.randint(1, CUSTOMERS)
                    upsert = f"""
                        INSERT INTO orders (id, {column}) VALUES (%s, %s)
                        ON CONFLICT (id) DO UPDATE SET {column} = EXCLUDED.{column} RETURNING {column}
                    """
                    assert connection.execute(upsert.encode(), (id_, customer)).fetchone() == (customer,)
                    connection.execute(b"UPDATE orders SET visits = visits + 1 WHERE id = %s", (id_,))
                    connection.execute(b"DELETE FROM orders WHERE id = %s", (chance.randint(1, ROWS * 2),))
                    for bad in (0, -customer, CUSTOMERS + 1):
                        wrong = f"INSERT INTO orders (id, {column}) VALUES ({-seed - 1}, {bad})"
                        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.ForeignKeyViolation)):
                            connection.execute(wrong.encode())
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(column, seed)) for seed, column in enumerate(columns)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def catalog(database: str) -> Catalog:
    with psycopg.connect(database) as connection:
        return snapshot(connection, ignoring=["alembic_version"])


def seeded(folder: Path, database: str) -> None:
    succeed(alembic(folder, database, "upgrade", "r1"))
    with psycopg.connect(database) as connection:
        connection.execute(f"INSERT INTO customers SELECT generate_series(1, {CUSTOMERS})".encode())
        connection.execute(
            f"INSERT INTO orders SELECT i, 1 + i % {CUSTOMERS} FROM generate_series(1, {ROWS}) i".encode()
        )


@pytest.mark.parametrize(
    ("upgrade", "style"),
    [(RENAME, Style.PLAIN), (RENAME, Style.OPS), (AND_INDEX, Style.PLAIN), (AND_INDEX, Style.OPS)],
    ids=["plain", "ops", "plain, and an index", "ops, and an index"],
)
def test_nothing_fails_and_the_schema_is_the_authored_one(
    tmp_path: Path, make_database: Callable[..., str], upgrade: str, style: Style
) -> None:
    authored, parted = project(tmp_path / "authored", TABLES, upgrade), project(tmp_path / "split", TABLES, upgrade)
    split(parted, "r1", style)
    assert chain(parted) == ["r1", "r2", "r2_migrate", "r2_contract"]
    expected, found = make_database(), make_database()
    succeed(alembic(authored, expected, "upgrade", "head"))
    seeded(parted, found)
    with traffic(found, "cust", "cust"):
        succeed(alembic(parted, found, "upgrade", "r2"))
    with traffic(found, "cust", "customer_id"):
        succeed(alembic(parted, found, "upgrade", "r2_migrate"))
    migrated = catalog(found)
    with psycopg.connect(found) as connection:
        unsynced = connection.execute("SELECT count(*) FROM orders WHERE cust IS DISTINCT FROM customer_id")
        assert unsynced.fetchone() == (0,)
        valid = connection.execute(
            "SELECT relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indisvalid"
        )
        assert {"by_customer__customer_id", "odd__customer_id"} <= {name for (name,) in valid}
        connection.execute("DELETE FROM customers WHERE id = 7")
        assert connection.execute("SELECT count(*) FROM orders WHERE customer_id = 7").fetchone() == (0,)
        connection.execute("INSERT INTO customers VALUES (7)")
    with traffic(found, "customer_id", "customer_id"):
        succeed(alembic(parted, found, "upgrade", "head", allow=True))
    assert differences(catalog(expected), catalog(found)) == ()
    # the way back gives the old version its service
    succeed(alembic(parted, found, "downgrade", "r2_migrate"))
    assert differences(migrated, catalog(found)) == ()
    with traffic(found, "cust", "customer_id"):
        succeed(alembic(parted, found, "downgrade", "r2"))
    succeed(alembic(parted, found, "downgrade", "r1"))
    with psycopg.connect(found) as connection:
        assert connection.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'safemigrate%'").fetchone() == (0,)


@pytest.mark.parametrize("upgrade", [RENAME, AND_INDEX], ids=["alone", "and an index"])
def test_a_database_that_ran_the_plain_rename_ends_in_the_same_schema(
    tmp_path: Path, make_database: Callable[..., str], upgrade: str
) -> None:
    authored, parted = project(tmp_path / "authored", TABLES, upgrade), project(tmp_path / "split", TABLES, upgrade)
    split(parted, "r1")
    database = make_database()
    seeded(authored, database)
    succeed(alembic(authored, database, "upgrade", "head"))
    expected = catalog(database)
    succeed(alembic(parted, database, "upgrade", "head", allow=True))
    assert differences(expected, catalog(database)) == ()
