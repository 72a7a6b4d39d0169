"""What the sync trigger costs: bulk writes to a table with and without it, for several types.

    python benchmarks/sync_cost.py [--rows 20000] [--rounds 7] [--indexes 0 3]

For each type a table of --rows rows holds two columns in step, a counter and some text beside them. The same
statement runs with and without the trigger, in turns, on a table made anew each time. Figures are processor time of
the server's process: a shared machine makes a run slower by the clock, but hardly dearer. *ratio* is the median over
the rounds of with over without, *per row* that of the difference.

    neither   UPDATE … SET visits = visits + 1: what an application mostly does; the trigger's condition is for these
    old, new  UPDATE of one of the two columns: the function runs for each row, and the row gets two new values
    insert    INSERT by the old version: the same

Of the kinds, text is compared by value as other types whose equal values look alike, jsonb by image. Two of them
convert: both ways, as for a replaced column, and one way, as for a change of type. A trigger that does nothing but
assign one column to another is measured in the end: it is what PL/pgSQL itself costs.

All of it is measured on the table with its primary key alone, and with --indexes more beside it, as tables of
applications have them: each is one more thing that the plain write pays for, and that the trigger has no part in.

The run fails where an update of neither column takes more than 1.5 times the plain one. The server is a throw-away
one that never waits for a disk: elsewhere the plain write takes longer, and the ratios are smaller.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from safemigrate.rulebook.converting import conversion
from safemigrate.schema import Name, Schema, after
from safemigrate.schema.casts import equal_is_alike
from safemigrate.schema.conversion import conversion_triggers
from safemigrate.schema.sync import CreateSyncFunction, CreateSyncTrigger
from safemigrate.server import start
from safemigrate.sql import read

MOST = 1.5
TABLE = Name("customers")
OLD, NEW = "full_name", "name"
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Kind:
    """A type, an expression for the value of row i, and another for what an UPDATE makes of it."""

    type: str
    value: str
    other: str
    #: the type of the new column, where it is another, and the expressions of the two ways
    new: str = ""
    up: str = ""
    down: str = ""
    #: a trigger that assigns one column to the other, and asks nothing
    bare: bool = False

    @property
    def title(self) -> str:
        return "bare assignment" if self.bare else f"{self.type} to {self.new}" if self.new else self.type

    @property
    def table(self) -> str:
        return f"""
            CREATE TABLE customers (
                id bigint PRIMARY KEY, full_name {self.type}, name {self.new or self.type},
                visits integer NOT NULL DEFAULT 0, note text NOT NULL DEFAULT 'a text of some forty characters or so',
                since timestamptz NOT NULL DEFAULT now()
            )"""

    @property
    def synced(self) -> tuple[str, ...]:
        """What keeps the columns in step."""
        if self.bare:
            return BARE
        known = Schema()
        for operation in read(self.table):
            known = after(operation, known)
        if self.up:
            down = ((OLD, self.down),) if self.down else ()
            function = conversion(known, TABLE, (), up=((NEW, self.up),), down=down, watched=(OLD,))
            return tuple(each.sql() for each in (function, *conversion_triggers(function, (OLD,))))
        column = known.column(TABLE, OLD)
        by_value = column.type is not None and equal_is_alike(column.type, column.collation)
        return (
            CreateSyncFunction(TABLE, OLD, NEW, by_value).sql(),
            CreateSyncTrigger(TABLE, NEW, OLD, by_value).sql(),
        )


#: indexes beside the primary key's
INDEXES = (
    "CREATE INDEX ON customers (visits)",
    "CREATE INDEX ON customers (note, id)",
    "CREATE INDEX ON customers (since, visits)",
    "CREATE INDEX ON customers (since)",
)
BARE = (
    "CREATE FUNCTION safemigrate_sync_customers__name() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN NEW.name := NEW.full_name; RETURN NEW; END $$",
    "CREATE TRIGGER bare BEFORE INSERT OR UPDATE ON customers FOR EACH ROW "
    "EXECUTE FUNCTION safemigrate_sync_customers__name()",
)
JSON = "jsonb_build_object('name', 'customer ' || i)"
KINDS = (
    Kind("text", "'customer number ' || i", "'renamed ' || id"),
    Kind("bigint", "i::bigint * 1000003", "id * 7"),
    Kind("numeric", "i * 1.10", "id * 2.20"),
    Kind("timestamptz", "now() - i * interval '1 s'", "now() + id * interval '1 s'"),
    Kind("jsonb", JSON, "jsonb_build_object('name', id)"),
    Kind("uuid", "gen_random_uuid()", "gen_random_uuid()"),
    Kind(
        "text",
        f"{JSON}::text",
        "jsonb_build_object('name', id)",
        new="jsonb",
        up="full_name::jsonb",
        down="name::text",
    ),
    Kind("integer", "i", "id * 7", new="bigint", up="full_name", down="name"),
    Kind("integer", "i", "id * 7", new="bigint", up="full_name"),
    Kind("text", "'customer number ' || i", "'renamed ' || id", bare=True),
)


@dataclass(frozen=True)
class Measure:
    """What is measured: a statement on a table of so many rows and indexes beside its key."""

    kind: Kind
    indexes: int
    statement: str
    rows: int


def main() -> int:
    """Measure, print a table, and say whether the promise holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--indexes", type=int, nargs="+", default=[0, 3], choices=range(len(INDEXES) + 1))
    arguments = parser.parse_args()
    worst = 0.0
    print(f"{'indexes':<7} {'type':<18} {'write':<8} {'plain s':>8} {'synced s':>9} {'ratio':>6} {'per row':>9}")
    with start() as server, psycopg.connect(server.create_database("cost"), autocommit=True) as connection:
        for indexes, kind in itertools.product(arguments.indexes, KINDS):
            for write, statement in writes(kind, arguments.rows).items():
                found = measured(connection, Measure(kind, indexes, statement, arguments.rows), arguments.rounds)
                ratio = statistics.median(synced / plain for plain, synced in found)
                per_row_us = statistics.median(synced - plain for plain, synced in found) / arguments.rows * 1e6
                plain, synced = map(statistics.median, zip(*found, strict=True))
                if write == "neither" and not kind.bare:
                    worst = max(worst, ratio)
                print(
                    f"{indexes:<7} {kind.title:<18} {write:<8} "
                    f"{plain:>8.3f} {synced:>9.3f} {ratio:>6.2f} {per_row_us:>6.2f} µs"
                )
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


def measured(connection: Connection, measure: Measure, rounds: int) -> list[tuple[float, float]]:
    """The processor seconds of each round, without the trigger and with it."""
    return [
        (spent(connection, measure, synced=False), spent(connection, measure, synced=True)) for _ in range(rounds)
    ]


def spent(connection: Connection, measure: Measure, *, synced: bool) -> float:
    """The processor seconds that the statement takes on the table, filled and in step."""
    kind, statement = measure.kind, measure.statement
    connection.execute(kind.table.encode())
    for index in INDEXES[: measure.indexes]:
        connection.execute(index.encode())
    connection.execute(
        f"""
        INSERT INTO customers (id, full_name, name) SELECT i, v, v::{kind.new or kind.type} FROM (
            SELECT i, {kind.value} AS v FROM generate_series(1, {measure.rows}) i OFFSET 0
        ) AS filled""".encode()
    )
    for operation in kind.synced if synced else ():
        connection.execute(operation.encode())
    connection.execute(b"VACUUM ANALYZE customers")
    connection.execute(b"CHECKPOINT")
    begun = processor_seconds(connection)
    connection.execute(statement.encode())
    ended = processor_seconds(connection)
    connection.execute(b"DROP TABLE customers")
    connection.execute(b"DROP FUNCTION IF EXISTS safemigrate_sync_customers__name")
    return ended - begun


def processor_seconds(connection: Connection) -> float:
    """What the server's process has used so far, as Linux counts it."""
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9


if __name__ == "__main__":
    sys.exit(main())
