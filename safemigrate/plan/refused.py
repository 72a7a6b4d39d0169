"""What PostgreSQL would refuse of a release once it is split: what waits stands in the way of what goes ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.history.statement import Phase
from safemigrate.plan.outcome import outcome
from safemigrate.rulebook import Placed, Run
from safemigrate.rulebook.readers import readers
from safemigrate.rulebook.refusals import refusals
from safemigrate.schema import Operation, Schema
from safemigrate.schema import operations as o
from safemigrate.schema.renaming import EndRename

#: an operation of a revision in a phase
Planned = tuple[Run, Phase, Operation]


def refused(planned: Iterable[Planned], schema: Schema) -> Iterator[tuple[Planned, str]]:
    """Those of *planned*, which run in this order on *schema*, that would be refused for certain, and why."""
    for run, phase, op in planned:
        before = schema
        for each in op.parts if isinstance(op, EndRename) else (op,):
            reason = next(_reasons(run, each, before), None)
            if reason is not None:
                yield (run, phase, op), reason
                break
            before = outcome([each], before)
        schema = outcome([op], schema)


def _reasons(run: Run, op: Operation, schema: Schema) -> Iterator[str]:
    placed = Placed(op, run.operations[0].statement, schema, schema)
    yield from (reason.sentence for reason in refusals(placed) if reason.certain)
    if isinstance(op, o.ChangeType):
        yield from (f"{reader} reads {op.column}." for reader, _ in readers(schema, op.table, op.column))
