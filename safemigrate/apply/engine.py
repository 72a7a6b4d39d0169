"""One phase on one database: who may run, what is to be run, and each step in its turn."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace

import psycopg

from safemigrate.apply import position as at
from safemigrate.apply.activity import connected
from safemigrate.apply.backfill import run_backfill
from safemigrate.apply.blockers import Lookout
from safemigrate.apply.events import (
    Did,
    Event,
    Evidence,
    GateAsked,
    Observer,
    Outcome,
    RunStarted,
    StepEnded,
    StepOutcome,
    StepStarted,
    Verdict,
    unobserved,
)
from safemigrate.apply.gates import ask_gates, loss_gate, versions_gate
from safemigrate.apply.journal import Journal
from safemigrate.apply.limits import DEFAULT_GATES, DEFAULT_LIMITS, GateOptions, Limits
from safemigrate.apply.pending import Pending, read_pending, told
from safemigrate.apply.progress import progress_of, settings
from safemigrate.apply.session import (
    APPLICATION_PREFIX,
    JOURNAL_SCHEMA,
    Connection,
    connect,
    hold_lock,
    inspect_server,
    lock_key,
    refusal,
    refusals,
    refuse_transaction_pooling,
)
from safemigrate.apply.steps import run_step
from safemigrate.apply.whole import run_whole
from safemigrate.apply.worker import Worker
from safemigrate.errors import ConnectionLost, GateClosed, GatesClosed, PhasePending, SafemigrateError, ServerUnfit
from safemigrate.history import History, Phase, Reading
from safemigrate.history.environment import Environment
from safemigrate.lint.revisions import Conditions
from safemigrate.plan.plan import Step, StepKind
from safemigrate.redact import redact
from safemigrate.schema import Name
from safemigrate.schema import operations as o


@dataclass(frozen=True, slots=True)
class Project:
    """A history, its database, where the journal is kept, and what the revisions are read with.

    *readings* are those of the whole history, where somebody has them already; without them apply reads anew.
    """

    history: History
    environment: Environment
    journal_schema: str = JOURNAL_SCHEMA
    conditions: Conditions = field(default_factory=lambda: Conditions(today=datetime.date.today()))
    readings: Mapping[str, Reading] | None = field(default=None, repr=False)


def apply_phase(
    project: Project,
    phase: Phase,
    *,
    limits: Limits = DEFAULT_LIMITS,
    gates: GateOptions = DEFAULT_GATES,
    observe: Observer = unobserved,
) -> Outcome:
    """Runs the pending revisions of *phase*, up to the first of another; run again, it goes on where it stopped.

    Raises:
        DatabaseError: the database cannot be reached, is not fit, or refused a step.
        GateClosed: an earlier phase is pending, a gate of the contract is closed, or a budget is spent.
        Busy: another apply works on the database.
        NotProven: a step ran, and the catalogue does not say so.
    """
    with _sessions(project, phase) as (connection, other):
        run = _Run(project, phase, connection, other, limits, gates, observe)
        return run.run()


def can_contract(project: Project, *, gates: GateOptions = DEFAULT_GATES) -> tuple[Evidence, ...]:
    """What the gates of the next contract say. Nothing is changed."""
    with _sessions(project, Phase.CONTRACT) as (connection, _), refusals(connection, "the look at the gates"):
        version_table = at.find_version_table(connection, project.environment.version_table, project.history)
        position = at.read_position(connection, version_table, project.history)
        ahead = [r for r in position.pending if at.phase_of(r) is Phase.CONTRACT]
        first = position.first_pending()
        if not ahead or first is None:
            return (Evidence("phase", Verdict.YES, "no contract is pending"),)
        if at.phase_of(first) is not Phase.CONTRACT:
            sentence = f'revision "{first.id}" of the phase {at.phase_of(first)} comes first'
            return (Evidence("phase", Verdict.NO, sentence),)
        pending = read_pending(project.history, position, project.conditions, project.readings)
        contracts = _block(pending, Phase.CONTRACT)
        begun = _begun(connection, Journal(connection, project.journal_schema), contracts)
        names = ", ".join(f'"{each.revision.id}"' for each in contracts)
        here = Evidence("phase", Verdict.YES, f"all that comes before {names} has run")
        return (here, *ask_gates(connection, project.history, contracts, gates, begun=begun))


@contextmanager
def _sessions(project: Project, phase: Phase) -> Iterator[tuple[Connection, Connection]]:
    """The session that works and the one that looks out, both closed behind."""
    name = f"{APPLICATION_PREFIX}{phase}:{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        opened = [
            stack.enter_context(
                closing(connect(project.environment, application_name=name, journal_schema=project.journal_schema))
            )
            for _ in range(2)
        ]
        refuse_transaction_pooling(*opened)
        yield opened[0], opened[1]


def _block(pending: Sequence[Pending], phase: Phase) -> tuple[Pending, ...]:
    """The revisions at the front that are of *phase*."""
    block = []
    for each in pending:
        if each.phase is not phase:
            break
        block.append(each)
    return tuple(block)


def _begun(connection: Connection, journal: Journal, contracts: Sequence[Pending]) -> frozenset[str]:
    """Those of *contracts* of which something has run."""
    return frozenset(
        each.revision.id
        for each in contracts
        if journal.done(each.steps) or progress_of(connection, journal, each.steps).number_done
    )


class _Run:
    """One apply under way."""

    def __init__(
        self,
        project: Project,
        phase: Phase,
        connection: Connection,
        other: Connection,
        limits: Limits,
        gates: GateOptions,
        observe: Observer,
    ) -> None:
        self.project = project
        self.history = project.history
        self.phase = phase
        self.connection = connection
        self.limits = limits
        self.gates = gates
        self.observe = observe
        self.journal = Journal(connection, project.journal_schema)
        self.doing = "the start"
        self.outcomes: list[StepOutcome] = []
        self.evidence: tuple[Evidence, ...] = ()
        self.worker = Worker(
            connection,
            Lookout(other, _pid(connection)),
            self.journal,
            inspect_server(connection),
            limits,
            observe,
        )
        self.version_table = Name("")
        self.rows: tuple[str, ...] = ()
        self.application_name = ""

    def run(self) -> Outcome:
        """The whole phase. The journal says how it ended, unless the connection is gone."""
        try:
            return self._run()
        except psycopg.Error as error:
            told = refusal(self.connection, error, self.doing)
            if not isinstance(told, ConnectionLost):
                self._end("stopped", error.diag.message_primary or type(error).__name__)
            raise told from None
        except KeyboardInterrupt:
            self._end("stopped", "interrupted")
            raise
        except SafemigrateError as error:
            self._end("stopped", str(error))
            raise

    def _run(self) -> Outcome:
        self.version_table = at.find_version_table(
            self.connection, self.project.environment.version_table, self.history
        )
        hold_lock(self.connection, lock_key(self.version_table), wait_s=self.limits.wait_s, observe=self.observe)
        position = at.read_position(self.connection, self.version_table, self.history)
        self.rows = position.rows
        if not self._is_next(position):
            return self._outcome(None, position)
        pending = read_pending(self.history, position, self.project.conditions, self.project.readings)
        block = _block(pending, self.phase)
        if self.phase is Phase.CONTRACT:
            self.evidence = self._pass_gates(block)
        else:
            self.evidence = self._accept_losses(block)
        self.doing = "the journal"
        self.journal.create()
        number = self._begin(block)
        for each in block:
            if self.phase is Phase.CONTRACT and each is not block[0]:
                self._look_again(each)
            self._run_revision(each)
        self._end("done")
        return self._outcome(number, at.Position(self.rows, position.pending[len(block) :]))

    def _is_next(self, position: at.Position) -> bool:
        """Whether the first pending revision is of the asked phase.

        A contract behind an expand belongs to a release that has not begun: no contract is due.

        Raises:
            PhasePending: it is of another, and revisions of the asked phase wait behind it.
        """
        first = position.first_pending()
        asked = [revision for revision in position.pending if at.phase_of(revision) is self.phase]
        if first is None or not asked:
            return False
        due = at.phase_of(first)
        if (self.phase, due) == (Phase.CONTRACT, Phase.EXPAND):
            return False
        if due is not self.phase:
            raise PhasePending(self.phase, due, first.id)
        return True

    def _pass_gates(self, contracts: Sequence[Pending]) -> tuple[Evidence, ...]:
        self.doing = "the gates"
        found = []
        begun = _begun(self.connection, self.journal, contracts)
        for evidence in ask_gates(self.connection, self.history, contracts, self.gates, begun=begun):
            self.observe(GateAsked(evidence))
            found.append(evidence)
        closed = [each.sentence for each in found if each.verdict is not Verdict.YES]
        if closed:
            raise GatesClosed(closed)
        return tuple(found)

    def _accept_losses(self, block: Sequence[Pending]) -> tuple[Evidence, ...]:
        """What a person must say of a loss, whatever phase a revision says it is of.

        Raises:
            GateClosed: nobody has said it.
        """
        self.doing = "the gates"
        evidence = loss_gate(self.connection, block, accepted=self.gates.accept_data_loss)
        if evidence is None:
            return ()
        self.observe(GateAsked(evidence))
        if evidence.verdict is not Verdict.YES:
            raise GateClosed(
                f"{self.phase} would lose data, and nothing was changed: {evidence.sentence}.",
                remedy="Drop it in a contract, when no old version is connected, or accept the loss.",
            )
        return (evidence,)

    def _look_again(self, contract: Pending) -> None:
        """Raises GatesClosed where somebody of an old version has connected since the gates were asked."""
        sessions = connected(self.connection, replace(self.gates, samples=1))
        evidence = versions_gate(self.history, [contract], sessions)
        if evidence.verdict is not Verdict.YES:
            self.observe(GateAsked(evidence))
            raise GatesClosed([evidence.sentence], before=contract.revision.id)

    def _begin(self, block: Sequence[Pending]) -> int:
        name = _row(self.connection, "SELECT current_setting('application_name')")
        number = self.journal.begin(self.phase, name)
        name = f"{APPLICATION_PREFIX}{self.phase}:{number}"
        self.connection.execute("SELECT set_config('application_name', %s, false)", (name,))
        self.journal.name_run(name)
        if self.evidence:
            self.journal.keep_evidence([asdict(each) for each in self.evidence])
        self.observe(RunStarted(self.phase, number, name, tuple(n for each in block for n in each.step_names)))
        self.application_name = name
        return number

    def _run_revision(self, pending: Pending) -> None:
        wanted = at.rows_after(self.history, self.rows, pending.revision.id)
        if pending.whole:
            self._run_whole(pending)
        elif not pending.steps:
            self._in_transaction(lambda: self._move(pending, wanted))
        else:
            with _settings_kept(self.connection, pending.steps):
                self._run_steps(pending, wanted)
        self.rows = wanted

    def _run_whole(self, pending: Pending) -> None:
        self.doing = f'revision "{pending.revision.id}"'
        self._in_transaction(lambda: None)
        self._start(pending.revision.id, "alembic", pending.whole)
        outcome = run_whole(self.worker, self.history, self.project.environment, pending, self.application_name)
        found = at.read_rows(self.connection, self.version_table)
        wanted = at.rows_after(self.history, self.rows, pending.revision.id)
        if found != wanted:
            raise ServerUnfit(
                f"Alembic ran {pending.revision.id}, and the version table says {', '.join(found) or 'nothing'}.",
                remedy="env.py migrates another database, or rolled back; run alembic current to see.",
            )
        self._ended(outcome)

    def _run_steps(self, pending: Pending, wanted: tuple[str, ...]) -> None:
        """The open steps; those before them, and those whose outcome is there, are told as found done."""
        self.doing = f'looking at revision "{pending.revision.id}"'
        progress = progress_of(self.connection, self.journal, pending.steps)
        last = pending.steps[-1]
        for step in pending.steps:
            self.doing = f"step {step.name}"
            if progress.is_done(self.connection, step):
                for placed in settings(step):
                    self.connection.execute(placed.statement.sql.encode())
                self._found_done(step)
                if step is last:
                    self._in_transaction(lambda: self._move(pending, wanted))
                continue

            def finish(step: Step = step) -> None:
                if step is last:
                    self._move(pending, wanted)

            self._start(step.name, step.kind, told(step))
            runner = run_backfill if step.kind is StepKind.BACKFILL else run_step
            self._ended(runner(self.worker, step, finish))

    def _move(self, pending: Pending, wanted: tuple[str, ...]) -> None:
        at.move(self.connection, self.version_table, self.rows, wanted)
        self.journal.close(pending.revision.id)

    def _in_transaction(self, do: Callable[[], None]) -> None:
        with self.connection.transaction():
            self.journal.fence()
            do()

    def _found_done(self, step: Step) -> None:
        self._ended(StepOutcome(step.name, step.revision.id, step.phase, step.kind.value, Did.FOUND_DONE, tries=0))

    def _start(self, name: str, kind: str, sql: str) -> None:
        event: Event = StepStarted(name, self.phase, str(kind), " ".join(sql.split()))
        self.observe(event)

    def _ended(self, outcome: StepOutcome) -> None:
        self.outcomes.append(outcome)
        self.observe(StepEnded(outcome))

    def _outcome(self, number: int | None, position: at.Position) -> Outcome:
        left = tuple((revision.id, at.phase_of(revision)) for revision in position.pending)
        return Outcome(self.phase, number, self.rows, tuple(self.outcomes), self.evidence, left)

    def _end(self, state: str, reason: str | None = None) -> None:
        if self.journal.run is not None and not self.connection.closed:
            with suppress(psycopg.Error):
                self.journal.end(state, redact(reason) if reason else reason)


@contextmanager
def _settings_kept(connection: Connection, steps: Sequence[Step]) -> Iterator[None]:
    """Gives the session back what *steps* set: the next revision, and the journal, must not find it changed."""
    names = [
        placed.operation.name
        for step in steps
        for placed in settings(step)
        if isinstance(placed.operation, o.SetParameter)
    ]
    # a role is in no list of settings, and is found by its name all the same
    found = connection.execute(
        "SELECT name, current_setting(name, true) FROM unnest(%s::text[]) AS name WHERE name <> 'all' "
        "UNION SELECT name, current_setting(name) FROM pg_settings WHERE %s AND source = 'session'",
        (names, "all" in names),
    ).fetchall()
    yield
    for name, value in found:
        with suppress(psycopg.Error):
            connection.execute("SELECT set_config(%s, %s, false)", (name, value or ""))


def _pid(connection: Connection) -> int:
    return int(_row(connection, "SELECT pg_backend_pid()"))


def _row(connection: Connection, query: str) -> str:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])
