"""What a database has still to run: its pending revisions as steps, and those that only run as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safemigrate.apply.position import Position, phase_of
from safemigrate.history import History, Phase, Reading, Revision
from safemigrate.lint.revisions import Conditions, revision_runs
from safemigrate.plan.plan import Step, StepKind, read_plan
from safemigrate.rulebook import Placed, Run
from safemigrate.schema import Operation
from safemigrate.schema import operations as o


@dataclass(frozen=True, slots=True)
class Pending:
    """A revision to run. *whole* says why it cannot be taken apart into steps; then Alembic runs it.

    *earlier* are the operations of the revisions before it that name a phase, or are pending too: the gates of a
    contract look at them.
    """

    revision: Revision
    steps: tuple[Step, ...]
    whole: str = ""
    earlier: tuple[Operation, ...] = ()

    @property
    def phase(self) -> Phase:
        return phase_of(self.revision)

    @property
    def placed(self) -> tuple[Placed, ...]:
        """What its steps do, in order."""
        return tuple(placed for step in self.steps for placed in step.placed)

    @property
    def step_names(self) -> tuple[str, ...]:
        return (self.revision.id,) if self.whole else tuple(step.name for step in self.steps)


def read_pending(
    history: History, position: Position, conditions: Conditions, readings: Mapping[str, Reading] | None = None
) -> tuple[Pending, ...]:
    """The pending revisions in order, each as the steps that its file is.

    *readings* are those of the whole history, where somebody has them already.
    """
    if not position.pending:
        return ()
    pending = {revision.id for revision in position.pending}
    looked_at = [revision.id for revision in history.revisions if revision.phase or revision.id in pending]
    runs = revision_runs(history, looked_at, conditions, readings=readings)
    earlier = [placed.operation for run in runs if run.revision.id not in pending for placed in run.operations]
    order = [revision.id for revision in position.pending]
    to_run = sorted((run for run in runs if run.revision.id in pending), key=lambda run: order.index(run.revision.id))
    steps = read_plan(to_run, earlier=earlier).steps
    found = []
    for run in to_run:
        own = tuple(step for step in steps if step.revision.id == run.revision.id)
        found.append(Pending(run.revision, own, _whole(run, own), tuple(earlier)))
        earlier += [placed.operation for placed in run.operations]
    return tuple(found)


def _whole(run: Run, steps: Sequence[Step]) -> str:
    """Why the statements that were read may not be all, or not those, that the revision runs; empty if they are."""
    for placed in run.operations:
        line = placed.statement.line
        if isinstance(placed.operation, o.Unreadable) and not placed.statement.sql:
            return f"line {line}: {placed.operation.reason}"
        if isinstance(placed.operation, o.TransactionControl):
            return f"line {line}: it opens or ends transactions itself"
    # the loop of a backfill reads keys and sends them back; the declaration says the same in one statement
    for statement in [s for step in steps if step.kind is not StepKind.BACKFILL for s in step.statements]:
        if statement.parameters:
            return f"line {statement.line}: it sends values that Python made"
        if statement.stand_ins:
            return f"line {statement.line}: {', '.join(statement.stand_ins)} could not be imported"
        if not statement.certain and not run.revision.backfills:
            return f"line {statement.line}: what it read from the database decides what runs"
    return ""


def told(step: Step) -> str:
    """What a step does, on one line: its statements without our guard, a backfill as the UPDATE it is."""
    if step.backfill is not None:
        pairs = ", ".join(f"{column} = {value}" for column, value in step.backfill.assignments)
        return f"UPDATE {step.backfill.table} SET {pairs} WHERE {step.backfill.where}"
    texts = [" ".join(s.sql.split()) for s in step.statements if not s.sql.lstrip().upper().startswith("DO ")]
    return "; ".join(texts or [" ".join(step.statements[0].sql.split())])
