"""How fast PostgreSQL works through a table here, in bytes a second: ``python benchmarks/work_speed.py [--rows N]``.

The constants of schema/statistics.py, by which findings tell how long a lock is held, are figures of this order. The
fastest of three counts. The server never waits for a disk, so a real one is slower.
"""

from __future__ import annotations

import argparse
import time

import psycopg

from safemigrate.server import start

WORKS = (
    ("rows", "UPDATE wide SET age = age + 1"),
    ("scan", "ALTER TABLE wide ADD CONSTRAINT told CHECK (age >= 0)"),
    ("index build", "CREATE INDEX ON wide (name)"),
    ("rewrite", "ALTER TABLE wide ALTER COLUMN age TYPE bigint"),
)
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500_000)
    rows = parser.parse_args().rows
    with start() as server, psycopg.connect(server.create_database("work"), autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE wide AS SELECT i::bigint AS id, 'customer number ' || i AS name, (i %% 90)::int AS age,"
            " repeat('x', 80) AS bio FROM generate_series(1, %s) AS i",
            (rows,),
        )
        connection.execute("ALTER TABLE wide ADD PRIMARY KEY (id)")
        connection.execute("VACUUM ANALYZE wide")
        (size,) = connection.execute("SELECT pg_total_relation_size('wide')").fetchone() or (0,)
        print(f"{rows:,} rows, {size / 1e6:,.0f} MB with the key")
        for name, sql in WORKS:
            took = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                with connection.transaction(force_rollback=True):
                    connection.execute(sql)
                    took.append(time.perf_counter() - begun)
            print(f"{name:<12} {size / min(took) / 1e6:8,.0f} MB/s  ({min(took):.2f} s)")


if __name__ == "__main__":
    main()
