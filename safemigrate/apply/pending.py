"""What a database has still to run: its pending revisions as steps, and those that only run as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from safemigrate.apply.position import Position, phase_of
from safemigrate.history import Direction, History, Phase, Reading, Revision, read_revisions
from safemigrate.plan.plan import Step, StepKind, read_plan
from safemigrate.rulebook import replay
from safemigrate.schema import Operation, Schema
from safemigrate.schema import operations as o


@dataclass(frozen=True, slots=True)
class Pending:
    """A revision to run. *whole* says why it cannot be taken apart into steps; then Alembic runs it.

    *earlier* are the operations of all revisions before it, which the gates of a contract look at.
    """

    revision: Revision
    steps: tuple[Step, ...]
    whole: str = ""
    earlier: tuple[Operation, ...] = ()

    @property
    def phase(self) -> Phase:
        return phase_of(self.revision)

    @property
    def step_names(self) -> tuple[str, ...]:
        return (self.revision.id,) if self.whole else tuple(step.name for step in self.steps)


def read_pending(history: History, position: Position, baseline: Schema) -> tuple[Pending, ...]:
    """The pending revisions in order, each as the steps that its file is.

    *baseline* is the schema before the first revision of the history.
    """
    if not position.pending:
        return ()
    readings = read_revisions(history, downgrades=False)
    runs = list(replay([readings[revision.id] for revision in history.revisions], baseline))
    plan = read_plan([run for run in runs if run.revision in position.pending])
    before: list[Operation] = []
    found = []
    for run in runs:
        if run.revision in position.pending:
            steps = tuple(step for step in plan.steps if step.revision.id == run.revision.id)
            whole = _whole(readings[run.revision.id], steps)
            found.append(Pending(run.revision, steps, whole, tuple(before)))
        before += [placed.operation for placed in run.operations]
    return tuple(found)


def _whole(reading: Reading, steps: Sequence[Step]) -> str:
    """Why the statements that were read may not be all, or not those, that the revision runs; empty if they are."""
    for obstacle in reading.obstacles:
        if obstacle.direction is Direction.UPGRADE:
            return f"line {obstacle.line}: {obstacle.reason}"
    for step in steps:
        if step.kind is StepKind.BACKFILL:
            # its loop reads keys and sends them back; the declaration says the same in one statement
            continue
        for statement in step.statements:
            if statement.parameters:
                return f"line {statement.line}: it sends values that Python made"
            if statement.stand_ins:
                return f"line {statement.line}: {', '.join(statement.stand_ins)} could not be imported"
            if not statement.certain and reading.revision.backfill is None:
                return f"line {statement.line}: what it read from the database decides what runs"
        for placed in step.placed:
            if isinstance(placed.operation, o.TransactionControl):
                return f"line {placed.statement.line}: it opens or ends transactions itself"
    return ""
