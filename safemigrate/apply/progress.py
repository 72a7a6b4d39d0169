"""How far a revision has come: the catalogue says it, and for what leaves no trace there, the journal."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from safemigrate.apply import probe
from safemigrate.apply.facts import About, Fact
from safemigrate.apply.fill import unfilled
from safemigrate.apply.journal import Journal
from safemigrate.apply.session import Connection
from safemigrate.plan.plan import Step, StepKind
from safemigrate.rulebook import Placed
from safemigrate.schema import operations as o


class State(enum.StrEnum):
    """What a step is on a database. Half: an interrupted build left an INVALID index, or a backfill a cursor."""

    DONE = "done"
    HALF = "half"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Progress:
    """The steps of a revision, of which the first *number_done* are done; *journaled* are those the journal tells."""

    steps: tuple[Step, ...]
    number_done: int
    journaled: frozenset[str]
    remade: frozenset[About] = frozenset()

    def is_done(self, connection: Connection, step: Step) -> bool:
        """Whether *step* is done, asked again for one behind the first open one.

        One that only sets parameters never is: a session sets them for itself.
        """
        if only_sets(step):
            return False
        return step in self.steps[: self.number_done] or _stands(
            connection, (step,), self.journaled, self.remade, asked={}
        )


def settings(step: Step) -> tuple[Placed, ...]:
    """What *step* sets beyond its transaction, for the steps behind it."""
    return tuple(p for p in step.placed if isinstance(p.operation, o.SetParameter) and not p.operation.local)


def only_sets(step: Step) -> bool:
    """Whether *step* does nothing but set parameters for those behind it."""
    return bool(step.placed) and len(settings(step)) == len(step.placed)


def progress_of(connection: Connection, journal: Journal, steps: Sequence[Step]) -> Progress:
    """How many of the first steps are done, as many as possible.

    A later step may undo what an earlier one did (a constraint that proves a column, and goes), so what must hold
    is the last word of all steps up to the one in question.
    """
    journaled = journal.done(steps)
    remade = probe.remade([placed for step in steps for placed in step.placed])
    asked: dict[Fact, bool | None] = {}
    for number in range(len(steps), 0, -1):
        if all(only_sets(step) for step in steps[:number]):
            break
        if _stands(connection, steps[:number], journaled, remade, asked):
            return Progress(tuple(steps), number, journaled, remade)
    return Progress(tuple(steps), 0, journaled, remade)


def _stands(
    connection: Connection,
    steps: Sequence[Step],
    journaled: frozenset[str],
    remade: frozenset[About],
    asked: dict[Fact, bool | None],
) -> bool:
    """Whether the outcome of *steps*, run one after the other, is what the database holds."""
    known = []
    for step in steps:
        facts = [_probed(placed, remade) for placed in step.placed]
        if step.kind is StepKind.BACKFILL:
            if step.name not in journaled and (_unbounded(step) or unfilled(connection, step)):
                return False
            continue
        if None in facts and step.name not in journaled:
            return False
        known += [each for each in facts if each]
    for fact in probe.net(known):
        if fact not in asked:
            asked[fact] = probe.holds(connection, fact)
        if asked[fact] is False:
            return False
        if asked[fact] is None and not all(step.name in journaled for step in steps):
            return False
    return True


def _probed(placed: Placed, remade: frozenset[About]) -> tuple[Fact, ...] | None:
    """The facts of an operation; none to ask where they are about what is dropped and made again."""
    facts = probe.facts(placed.operation, placed.before)
    return None if facts is None or probe.names_any(facts, remade) else facts


def _unbounded(step: Step) -> bool:
    """Whether no condition tells a filled row from another."""
    return step.backfill is not None and step.backfill.where == "true"


def state_of(connection: Connection, journal: Journal, progress: Progress, step: Step) -> State:
    """What *step* is now."""
    if progress.is_done(connection, step):
        return State.DONE
    if step.kind is StepKind.BACKFILL:
        cursor = journal.cursor(step)
        return State.HALF if cursor is not None and cursor.batches else State.OPEN
    for operation in step.operations:
        if isinstance(operation, o.CreateIndex) and operation.index.name:
            index = operation.table.beside(operation.index.name).sql()
            row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (index,)).fetchone()
            if row is not None and row[0]:
                return State.HALF
    return State.OPEN
