"""Readings to runs: every operation between the schema before and after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from safemigrate.history.statement import Direction, Reading, Statement
from safemigrate.history.transactions import Transactions
from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import Schema
from safemigrate.schema.operations import Unreadable
from safemigrate.schema.schema import TEMPORARY
from safemigrate.schema.tables import INSIDE, Tables


def replay(readings: Iterable[Reading], schema: Schema, *, keep: Collection[str] | None = None) -> Iterator[Run]:
    """The upgrade of each reading as a run, in the order given, on the schema that all before it left.

    Only the runs of the revisions in *keep* (None: all) are handed out. What could not be read of a revision
    comes as an Unreadable operation at its line, after what was read.
    """
    replaying = Replaying(schema)
    for reading in readings:
        run = replaying.run(reading)
        if keep is None or reading.revision.id in keep:
            yield run


class Replaying:
    """Readings that come one after the other are replayed, from *schema* on."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._path = schema.search_path

    def run(self, reading: Reading) -> Run:
        """The upgrade of the next reading."""
        # each revision may be deployed by itself, in a session of its own
        begun = _session_begun(self.schema.next_revision(), self._path)
        placed, self.schema = _run(reading, Direction.UPGRADE, begun)
        return Run(reading.revision, placed)


def replay_downgrade(reading: Reading, schema: Schema) -> Run:
    """The downgrade of one reading on the schema that its upgrade left."""
    placed, _ = _run(reading, Direction.DOWNGRADE, schema.next_revision())
    return Run(reading.revision, placed, Direction.DOWNGRADE)


def _run(reading: Reading, direction: Direction, schema: Schema) -> tuple[tuple[Placed, ...], Schema]:
    # the reader of SQL is a large import, and findings that are remembered do without
    from safemigrate.sql import read

    placed: list[Placed] = []
    transactions = Transactions(schema, schema.search_path)
    for statement in reading.run(direction):
        schema = transactions.entered(statement.transaction, schema)
        for operation in read(statement.sql):
            following = transactions.after(operation, schema)
            placed.append(Placed(operation, statement, schema, following))
            schema = following
    for obstacle in reading.obstacles:
        if obstacle.direction is direction:
            revision = reading.revision
            statement = Statement("", revision.id, revision.path, obstacle.line, direction=direction)
            placed.append(Placed(Unreadable("", obstacle.reason), statement, schema, schema))
    return tuple(placed), schema


def _session_begun(schema: Schema, path: tuple[str, ...]) -> Schema:
    """*schema* without what ends with a session."""
    tables = Tables.of(schema.tables)
    for table in tables.mentioning(INSIDE, TEMPORARY):
        tables = tables.without_table(table.name)
    return replace(schema, tables=tables, search_path=path)
