"""What the sync trigger costs: bulk writes to a table with and without it, for several types.

    python benchmarks/sync_cost.py [--rows 100000] [--rounds 5]

For each type a table of --rows rows holds two columns in step, a counter and some text beside them. The same
statement runs with and without the trigger, in turns, on a table made anew each time; the fastest of --rounds counts,
since a shared machine only ever makes a run slower. Two of the kinds convert: both ways, as for a replaced column,
and one way, as for a change of type. *ratio* is with over without, *per row* the difference.

    neither   UPDATE … SET visits = visits + 1: what an application mostly does; the trigger's condition is for these
    old, new  UPDATE of one of the two columns: the function runs for each row, and the row gets two new values
    insert    INSERT by the old version: the same

The run fails where an update of neither column takes more than 1.5 times the plain one. The server is a throw-away
one that never waits for a disk: elsewhere the plain write takes longer, and the ratios are smaller.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from safemigrate.schema import Name, Operation
from safemigrate.schema.conversion import CreateConversionFunction, conversion_triggers
from safemigrate.schema.sync import CreateSyncFunction, CreateSyncTrigger
from safemigrate.server import start

MOST = 1.5
TABLE = Name("customers")
SYNC = (CreateSyncFunction(TABLE, "full_name", "name"), CreateSyncTrigger(TABLE, "name", "full_name"))
BOTH_WAYS = CreateConversionFunction(TABLE, (("name", "full_name::jsonb"),), (("full_name", "name::text"),))
ONE_WAY = CreateConversionFunction(TABLE, (("name", "full_name"),))
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Kind:
    """A type, an expression for the value of row i, and another for what an UPDATE makes of it."""

    name: str
    value: str
    other: str
    #: the type of the new column, where it is another, and what keeps it in step
    new: str = ""
    synced: tuple[Operation, ...] = SYNC

    @property
    def title(self) -> str:
        return f"{self.name} to {self.new}" if self.new else self.name


KINDS = (
    Kind("text", "'customer number ' || i", "'renamed ' || id"),
    Kind("bigint", "i::bigint * 1000003", "id * 7"),
    Kind("numeric", "i * 1.10", "id * 2.20"),
    Kind("timestamptz", "now() - i * interval '1 s'", "now() + id * interval '1 s'"),
    Kind("jsonb", "jsonb_build_object('name', 'customer ' || i)", "jsonb_build_object('name', id)"),
    Kind("uuid", "gen_random_uuid()", "gen_random_uuid()"),
    Kind(
        "text",
        "jsonb_build_object('name', 'customer ' || i)::text",
        "jsonb_build_object('name', id)",
        "jsonb",
        (BOTH_WAYS, *conversion_triggers(BOTH_WAYS)),
    ),
    Kind("integer", "i", "id * 7", "bigint", (ONE_WAY, *conversion_triggers(ONE_WAY, ("full_name",)))),
)


def main() -> int:
    """Measure, print a table, and say whether the promise holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    worst = 0.0
    print(f"{'type':<16} {'write':<8} {'plain s':>8} {'synced s':>9} {'ratio':>6} {'per row':>9}")
    with start() as server, psycopg.connect(server.create_database("cost"), autocommit=True) as connection:
        for kind in KINDS:
            for write, statement in writes(kind, arguments.rows).items():
                plain, synced = measured(connection, kind, statement, arguments.rows, arguments.rounds)
                ratio, per_row_us = synced / plain, (synced - plain) / arguments.rows * 1e6
                if write == "neither":
                    worst = max(worst, ratio)
                print(f"{kind.title:<16} {write:<8} {plain:>8.3f} {synced:>9.3f} {ratio:>6.2f} {per_row_us:>6.2f} µs")
    print(f"an update of neither column takes at most {worst:.2f} times the plain one (at most {MOST} is promised)")
    return int(worst > MOST)


def writes(kind: Kind, rows: int) -> dict[str, str]:
    """The statements to measure, by name."""
    return {
        "neither": "UPDATE customers SET visits = visits + 1",
        "old": f"UPDATE customers SET full_name = {kind.other}",
        "new": f"UPDATE customers SET name = {kind.other}",
        "insert": f"INSERT INTO customers (id, full_name) SELECT i, {kind.value} "
        f"FROM generate_series({rows + 1}, {2 * rows}) i",
    }


def measured(connection: Connection, kind: Kind, statement: str, rows: int, rounds: int) -> tuple[float, float]:
    """The fastest run without the trigger, and the fastest with it, in seconds."""
    found: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for synced, times in found.items():
            with table(connection, kind, rows, synced=synced):
                begun = time.perf_counter()
                connection.execute(statement.encode())
                times.append(time.perf_counter() - begun)
    return min(found[False]), min(found[True])


@contextmanager
def table(connection: Connection, kind: Kind, rows: int, *, synced: bool) -> Iterator[None]:
    """The table, filled and in step."""
    filling = f"""
        CREATE TABLE customers (
            id bigint PRIMARY KEY, full_name {kind.name}, name {kind.new or kind.name},
            visits integer NOT NULL DEFAULT 0, note text NOT NULL DEFAULT 'a text of some forty characters or so'
        );
        INSERT INTO customers (id, full_name, name) SELECT i, v, v::{kind.new or kind.name} FROM (
            SELECT i, {kind.value} AS v FROM generate_series(1, {rows}) i OFFSET 0
        ) AS filled;
    """
    connection.execute(filling.encode())
    for operation in kind.synced if synced else ():
        connection.execute(operation.sql().encode())
    connection.execute(b"VACUUM ANALYZE customers")
    connection.execute(b"CHECKPOINT")
    yield
    connection.execute(b"DROP TABLE customers")
    connection.execute(b"DROP FUNCTION IF EXISTS safemigrate_sync_customers__name")


if __name__ == "__main__":
    sys.exit(main())
