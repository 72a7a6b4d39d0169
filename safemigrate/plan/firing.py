"""The order in which the triggers of a split revision fire: what fills a column must come before what copies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safemigrate.errors import SplitRefused
from safemigrate.plan.changes import SplitRevision
from safemigrate.schema import Operation
from safemigrate.schema.conversion import CreateConversionTrigger
from safemigrate.schema.name import quoted
from safemigrate.schema.sync import CreateSyncTrigger


def check_triggers(parted: SplitRevision) -> None:
    """Raises SplitRefused where a column is copied before it is filled.

    Triggers of one kind fire in the order of their names, whatever the order of the revision was, so the copy of a
    row that the old version inserts would stay NULL.
    """
    made = [op for part in parted.parts for step in part.steps for op in step]
    for part in parted.parts:
        for fill in (op for step in part.steps for op in step if isinstance(op, CreateSyncTrigger) and not op.old):
            placed = parted.run.operations[part.positions[-1]]
            for copy in _copying(fill.column, made):
                # names are compared byte by byte
                if placed.before.same(copy.table, fill.table) and copy.trigger.encode() < fill.trigger.encode():
                    raise SplitRefused(
                        f"{fill.table}.{quoted(fill.column)} is filled by a trigger that fires only after "
                        f"{copy.trigger}, which takes its value on to another column.",
                        where=f"{placed.statement.path}:{placed.statement.line}",
                        remedy="Release the one before the other: make it NOT NULL in a revision of its own.",
                    )


def _copying(column: str, made: Sequence[Operation]) -> Iterator[CreateSyncTrigger | CreateConversionTrigger]:
    """The triggers that read *column* to write another; the one of a conversion for INSERT names no columns."""
    functions = {op.function for op in made if isinstance(op, CreateConversionTrigger) and column in op.old}
    for op in made:
        match op:
            case CreateSyncTrigger() if op.old == column:
                yield op
            case CreateConversionTrigger() if op.function in functions:
                yield op
