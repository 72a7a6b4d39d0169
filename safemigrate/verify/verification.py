"""The verification of a release: both versions on every state that its rollout passes through."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from safemigrate.server import Server
from safemigrate.verify.application import STYLES, Application, Row, Unproven
from safemigrate.verify.cell import observe_cell
from safemigrate.verify.checks import choices
from safemigrate.verify.cross import Pair, exchanged, pairs, place_of, unsynced
from safemigrate.verify.matrix import NEW, OLD, Cell, Matrix, Stop, Versions, judged
from safemigrate.verify.outcome import Failure, Observations, Subject
from safemigrate.verify.release import Release
from safemigrate.verify.session import Refused, Session
from safemigrate.verify.state import Stage, State
from safemigrate.verify.states import StepRefused, states_of, walk
from safemigrate.verify.workload import Place, Workload

Progress = Callable[[State], None]


def verify(
    release: Release,
    *,
    old: Workload,
    new: Workload,
    versions: Versions,
    server: Server,
    progress: Progress = lambda state: None,
) -> Matrix:
    """The verdicts for both versions on every state of *release*.

    The rows of a state are those that the versions which live there wrote on it and on those before.

    Raises:
        RevisionFailed: the revisions before the release do not run.
    """
    began = time.monotonic()
    states = states_of(release)
    run = _Verification(release, {OLD: old, NEW: new}, pairs(release.plan.steps, old, new))
    stop: Stop | None = None
    try:
        for state, url in walk(release, server):
            progress(state)
            run.visit(state, url)
    except StepRefused as error:
        stop = Stop(error.state, error.refusal)
    return Matrix(
        versions,
        states,
        run.cells(states),
        phased=release.phased or not release.revisions,
        stop=stop,
        seconds=time.monotonic() - began,
        postgres=server.major,
        statements={OLD: old.queries, NEW: new.queries},
    )


@dataclass
class _Verification:
    """A verification in the course of being made. *rows* are the objects that were committed so far."""

    release: Release
    workloads: Mapping[str, Workload]
    pairs: Sequence[Pair]
    rows: dict[tuple[str, int], Row] = field(default_factory=dict)
    choices: Mapping[Place, Sequence[str]] = field(default_factory=dict)
    seen: dict[tuple[State, str], Observations] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def visit(self, state: State, url: str) -> None:
        """Looks at one state with both versions, over what the live ones wrote, and leaves more of it behind."""
        with Session(url) as session:
            if not self.seen:
                self.choices = choices(session)
                self._write(session, OLD, objects=len(STYLES))
            if state.stage is Stage.OPEN:
                # each must live with what the other writes meanwhile, and with that the old one is rolled back to
                self._write(session, OLD)
                self._write(session, NEW, objects=len(STYLES) + self._new_labels())
            for version in (OLD, NEW):
                self.seen[state, version] = observe_cell(self._application(session, version))
            if state.stage in (Stage.OPEN, Stage.CLOSING):
                self._exchange(session, state)
                self._write(session, NEW)
            if state.stage is not Stage.CLOSING:
                self._write(session, OLD)
            if state.stage is Stage.OPEN:
                self._in_step(session, state)

    def cells(self, states: Sequence[State]) -> tuple[Cell, ...]:
        """The cells of all states, those that were not reached among them."""
        reached = [state for state in states if (state, OLD) in self.seen]
        home = {OLD: reached[:1], NEW: reached[-1:] if len(reached) == len(states) else []}
        return tuple(
            judged(
                state,
                version,
                self.seen.get((state, version)),
                home=self.seen[home[version][0], version] if home[version] else None,
                running=self.seen[reached[0], OLD] if reached else None,
            )
            for state in states
            for version in (OLD, NEW)
        )

    def _application(self, session: Session, version: str) -> Application:
        return Application(session, self.workloads[version], dict(self.rows), self.choices)

    def _write(self, session: Session, version: str, *, objects: int = 1) -> None:
        """Some objects of each entity, in one style after the other; what is refused is told by the cells."""
        application = self._application(session, version)
        for number in (next(self.numbers) for _ in range(objects)):
            style = STYLES[(number - 1) % len(STYLES)] if objects <= len(STYLES) else STYLES[0]
            for entity in application.workload.entities:
                with suppress(Refused, Unproven), session.committed():
                    application.insert(entity, number, style)
                    self.rows.update(application.rows)
                application.rows = dict(self.rows)

    def _new_labels(self) -> int:
        """How many objects it takes to write each label of an enum that only the new version knows all labels of."""
        known = {a.place: set(a.kind.labels) for e in self.workloads[OLD].entities for a in e.attributes}
        return max(
            (
                len(attribute.kind.labels)
                for entity in self.workloads[NEW].entities
                for attribute in entity.attributes
                if set(attribute.kind.labels) - known.get(attribute.place, set(attribute.kind.labels))
            ),
            default=0,
        )

    def _exchange(self, session: Session, state: State) -> None:
        """What one version writes to the pairs the other reads; a wrong answer fails the reader's cell.

        Once contract has begun the old version only reads: as after a rollback, what the new one wrote.
        """
        old, new = (self._application(session, version) for version in (OLD, NEW))
        for pair in self.pairs:
            mine = place_of(old.workload, pair.table, pair.old)
            theirs = place_of(new.workload, pair.table, pair.new)
            if mine and theirs:
                self.seen[state, OLD].failures += exchanged(new, old, theirs, mine)
                if state.stage is Stage.OPEN:
                    self.seen[state, NEW].failures += exchanged(old, new, mine, theirs)

    def _in_step(self, session: Session, state: State) -> None:
        """After backfill no row may differ, whoever wrote it and when."""
        application = self._application(session, NEW)
        for pair in self.pairs:
            with suppress(Refused):
                rows = unsynced(application, pair)
                if rows:
                    message = f"{rows} rows of {pair.table.sql()} differ in {pair.old} and {pair.new} after backfill"
                    subject = Subject(pair.table.name, "in step", pair.new)
                    self.seen[state, NEW].failures.append(Failure(subject, "", "", message))
