"""The shop's migrations are as its README says: right in themselves, and dangerous under traffic."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import pytest

SHOP = Path(__file__).parents[2] / "examples" / "shop"
V1_REVISION = "c58e0d7714fa"
V2_REVISION = "4d90b6ce8a13"

# the least that lets both versions in: two names in step, and no column that only one of them writes
EXPANDED = """
    ALTER TABLE customers ADD COLUMN name text;
    UPDATE customers SET name = full_name;
    CREATE FUNCTION keep_names_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.name IS DISTINCT FROM (CASE TG_OP WHEN 'UPDATE' THEN OLD.name END) THEN
            NEW.full_name := NEW.name;
        ELSE
            NEW.name := NEW.full_name;
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER names_in_step BEFORE INSERT OR UPDATE ON customers
        FOR EACH ROW EXECUTE FUNCTION keep_names_in_step();
    ALTER TABLE billing.invoices ALTER COLUMN legacy_number DROP NOT NULL;
"""

Line = dict[str, Any]


def run(*arguments: str, database: str, version: str = "v2", folder: Path = SHOP) -> subprocess.CompletedProcess[str]:
    """Python with *arguments*, as somebody in the shop's folder would run it."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(database, version),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def environment(database: str, version: str) -> dict[str, str]:
    return os.environ | {
        "SHOP_DATABASE_URL": database,
        "SHOP_VERSION": version,
        "PYTHONPATH": str(SHOP / version),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def alembic(database: str, *arguments: str, version: str = "v2", folder: Path = SHOP) -> str:
    done = run("-m", "alembic", *arguments, database=database, version=version, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def seed(database: str, customers: int = 200) -> None:
    done = run("seed.py", "--customers", str(customers), database=database)
    assert done.returncode == 0, done.stderr


def start_traffic(database: str, version: str, log: Path, *, seconds: float, owns: str) -> subprocess.Popen[str]:
    arguments = ["--seconds", str(seconds), "--log", str(log), "--owns", owns, "--seed", owns[0]]
    return subprocess.Popen(
        [sys.executable, "fleet/traffic.py", *arguments],
        cwd=SHOP,
        env=environment(database, version),
        text=True,
    )


def traffic(database: str, *versions: str, folder: Path, seconds: float = 2) -> list[Line]:
    """The log lines of one process a version, all at once."""
    logs = [folder / f"{number}.jsonl" for number in range(len(versions))]
    processes = [
        start_traffic(database, version, log, seconds=seconds, owns=f"{number}/{len(versions)}")
        for number, (version, log) in enumerate(zip(versions, logs, strict=True))
    ]
    assert [0] * len(versions) == [process.wait(timeout=60) for process in processes]
    return [line for log in logs for line in read(log)]


def read(log: Path) -> list[Line]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def operations(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if "operation" in line]


def failures(lines: Iterable[Line]) -> list[Line]:
    return [line for line in operations(lines) if not line["ok"]]


def stock(database: str) -> Counter[str]:
    rows = query(database, "SELECT product_id || '/' || warehouse, on_hand FROM stock")
    return Counter({str(key): on_hand for key, on_hand in rows})


def disagreements(
    database: str, lines: Iterable[Line], *, name: str, stock_before: Counter[str]
) -> dict[str, object]:
    """Where the database does not say what the ledger says; *name* is the column of customers' names."""
    written: dict[str, dict[Any, Any]] = {"customer.name": {}, "order.currency": {}, "order.cancelled": {}}
    stock_after = stock_before.copy()
    for line in sorted((line for line in lines if "wrote" in line), key=lambda line: line["at"]):
        if line["wrote"] == "stock.moved":
            stock_after[line["key"]] += line["value"]
        else:
            written[line["wrote"]][line["key"]] = line["value"]

    names = dict(query(database, f"SELECT id, {name} FROM customers"))
    currencies = dict(query(database, "SELECT id, coalesce(currency, 'EUR') FROM orders"))
    wrong: dict[str, object] = {}
    for key, value in written["customer.name"].items():
        if names.get(key) != value:
            wrong[f"name of {key}"] = (value, names.get(key))
    for key, value in written["order.currency"].items():
        expected = None if key in written["order.cancelled"] else value or "EUR"
        if currencies.get(key) != expected:
            wrong[f"currency of {key}"] = (expected, currencies.get(key))
    if stock(database) != stock_after:
        wrong["stock"] = (stock_after, stock(database))
    return wrong


def query(database: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(sql.encode()).fetchall()


# -- the migrations


def test_migrations_go_up_down_and_up_again(database: str) -> None:
    alembic(database, "upgrade", "head")
    alembic(database, "downgrade", "base")

    leftovers = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
        UNION SELECT nspname FROM pg_namespace WHERE nspname = 'billing'
        UNION SELECT typname FROM pg_type WHERE typname = 'order_status'
    """
    assert query(database, leftovers) == [("alembic_version",)]

    alembic(database, "upgrade", "head")
    assert query(database, "SELECT version_num FROM alembic_version") == [(V2_REVISION,)]


def test_migrations_go_up_and_down_over_rows(database: str) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)
    before = query(database, "SELECT id, full_name FROM customers ORDER BY id")

    alembic(database, "upgrade", "head")
    assert before == query(database, "SELECT id, name FROM customers ORDER BY id")
    assert query(database, "SELECT count(*) FROM orders WHERE currency IS NULL") == [(0,)]

    alembic(database, "downgrade", V1_REVISION)
    assert before == query(database, "SELECT id, full_name FROM customers ORDER BY id")
    assert query(database, "SELECT DISTINCT legacy_number FROM billing.invoices") == [("",)]


def test_models_of_version_2_are_the_schema_at_head(database: str) -> None:
    alembic(database, "upgrade", "head")
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA safemigrate CREATE TABLE journal (step text)")
        # a role of that name would find the schema first, by "$user"
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET search_path = public".encode())

    assert "No new upgrade operations detected." in alembic(database, "check")


def test_models_of_version_1_are_the_schema_before_the_three_revisions(database: str, tmp_path: Path) -> None:
    then = tmp_path / "shop"
    shutil.copytree(SHOP, then)
    for revision in ("0004", "0005", "0006"):
        next((then / "migrations" / "versions").glob(f"{revision}_*.py")).unlink()
    alembic(database, "upgrade", "head", version="v1", folder=then)

    assert "No new upgrade operations" in alembic(database, "check", version="v1", folder=then)
    assert query(database, "SELECT version_num FROM alembic_version") == [(V1_REVISION,)]


def test_migrations_can_be_written_as_sql(database: str) -> None:
    script = alembic(database, "upgrade", "head", "--sql")

    assert "ALTER TABLE customers RENAME full_name TO name" in script
    assert "ALTER TABLE billing.invoices DROP COLUMN legacy_number" in script


# -- the two versions


@pytest.mark.parametrize(("version", "expected"), [("v1", f"shop@1/{V1_REVISION}"), ("v2", f"shop@2/{V2_REVISION}")])
def test_connections_tell_the_version_that_holds_them(database: str, version: str, expected: str) -> None:
    ask = (
        "import os; from sqlalchemy import text; from shop import app; "
        "connection = app.connect(os.environ['SHOP_DATABASE_URL']).connect(); "
        "print(connection.scalar(text('SHOW application_name')))"
    )
    assert expected == run("-c", ask, database=database, version=version).stdout.strip()


@pytest.mark.parametrize(
    ("version", "revision", "name"), [("v1", V1_REVISION, "full_name"), ("v2", V2_REVISION, "name")]
)
def test_a_fleet_of_one_version_lives_on_its_own_schema(
    database: str, tmp_path: Path, version: str, revision: str, name: str
) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)
    alembic(database, "upgrade", revision)
    stock_before = stock(database)

    lines = traffic(database, version, version, folder=tmp_path)

    assert failures(lines) == []
    assert len(operations(lines)) > 50
    assert {"customer.name", "order.currency", "stock.moved"} <= {line.get("wrote") for line in lines}
    assert disagreements(database, lines, name=name, stock_before=stock_before) == {}


def test_an_empty_shop_comes_to_life(database: str, tmp_path: Path) -> None:
    alembic(database, "upgrade", V1_REVISION)

    lines = traffic(database, "v1", folder=tmp_path)

    assert failures(lines) == []
    assert disagreements(database, lines, name="full_name", stock_before=Counter()) == {}


def test_the_ledger_notices_a_lost_write(database: str, tmp_path: Path) -> None:
    alembic(database, "upgrade", V1_REVISION)
    lines = traffic(database, "v1", folder=tmp_path)
    (key, *_) = [line["key"] for line in lines if line.get("wrote") == "customer.name"]
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE customers SET full_name = 'lost' WHERE id = %s", [key])

    assert {f"name of {key}"} == set(disagreements(database, lines, name="full_name", stock_before=Counter()))


def test_version_1_breaks_on_the_schema_of_version_2(database: str, tmp_path: Path) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)
    alembic(database, "upgrade", "head")

    failed = failures(traffic(database, "v1", folder=tmp_path))

    undefined_column = [line for line in failed if line["sqlstate"] == "42703"]
    assert {"register_customer", "customer_page", "list_orders"} <= {line["operation"] for line in undefined_column}
    assert any("full_name" in line["statement"] for line in undefined_column)


def test_version_2_breaks_on_the_schema_of_version_1(database: str, tmp_path: Path) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)

    failed = failures(traffic(database, "v2", folder=tmp_path))

    assert "42703" in {line["sqlstate"] for line in failed}


def test_each_of_the_three_revisions_breaks_version_1(database: str, tmp_path: Path) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)
    with psycopg.connect(database) as connection:
        # the other two without the rename, which hides them from most operations
        connection.execute("UPDATE orders SET currency = 'EUR' WHERE currency IS NULL")
        connection.execute("ALTER TABLE orders ALTER COLUMN currency SET NOT NULL")
        connection.execute("ALTER TABLE billing.invoices DROP COLUMN legacy_number")

    failed = failures(traffic(database, "v1", folder=tmp_path))

    assert ("place_order", "23502") in {(line["operation"], line["sqlstate"]) for line in failed}
    assert ("send_invoice", "42703") in {(line["operation"], line["sqlstate"]) for line in failed}


def test_both_versions_live_on_an_expanded_schema(database: str, tmp_path: Path) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)
    with psycopg.connect(database) as connection:
        connection.execute(EXPANDED)
    stock_before = stock(database)

    lines = traffic(database, "v1", "v2", "v1", folder=tmp_path, seconds=3)

    assert failures(lines) == []
    assert disagreements(database, lines, name="full_name", stock_before=stock_before) == {}
    assert disagreements(database, lines, name="name", stock_before=stock_before) == {}
    assert not query(database, "SELECT FROM customers WHERE name IS DISTINCT FROM full_name")


def test_traffic_stops_at_sigterm(database: str, tmp_path: Path) -> None:
    alembic(database, "upgrade", V1_REVISION)
    log = tmp_path / "log.jsonl"
    process = start_traffic(database, "v1", log, seconds=60, owns="0/1")
    while not log.exists() or not log.stat().st_size:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=10) == 0
    assert failures(read(log)) == []


# -- the rows


def test_the_seed_is_the_same_everywhere(make_database: Any) -> None:
    fingerprints = []
    for _ in range(2):
        database = make_database()
        alembic(database, "upgrade", V1_REVISION)
        seed(database)
        fingerprints.append(
            [
                query(database, f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} AS t")
                for table in ("customers", "addresses", "products", "orders", "order_items", "billing.payments")
            ]
        )

    assert fingerprints[0] == fingerprints[1]


def test_the_seed_holds_what_migrations_stumble_over(database: str) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)

    assert query(database, "SELECT FROM customers WHERE full_name = ''")
    assert query(database, "SELECT FROM customers WHERE full_name LIKE '%''%'")
    assert query(database, "SELECT FROM customers WHERE full_name ~ '[^[:ascii:]]'")
    assert query(database, "SELECT FROM orders WHERE currency IS NULL")
    assert query(database, "SELECT FROM orders WHERE currency = 'CHF'")


def test_the_seed_wants_an_empty_database(database: str) -> None:
    alembic(database, "upgrade", V1_REVISION)
    seed(database)

    again = run("seed.py", database=database)

    assert again.returncode != 0
    assert "There are customers already" in again.stderr
