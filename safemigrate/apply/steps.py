"""One step on a live database: ask whether it is done, do it, ask again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import errors

from safemigrate.apply import locks, probe
from safemigrate.apply.blockers import Lookout
from safemigrate.apply.events import Blocker, Did, Observer, StepOutcome, StillWaiting, TryFailed
from safemigrate.apply.journal import Journal
from safemigrate.apply.limits import Limits
from safemigrate.apply.locks import NotGranted, Overdue, Try
from safemigrate.apply.session import Connection, ServerFacts
from safemigrate.errors import (
    BudgetSpent,
    DeadlineSpent,
    LockNotGranted,
    StepFailed,
    StepNotProven,
)
from safemigrate.history import Phase, Statement
from safemigrate.plan.plan import Step, StepKind
from safemigrate.rulebook import Placed
from safemigrate.schema import operations as o
from safemigrate.schema.sync import CONTRACT_SETTING

#: tries that run out of time with nobody in the way, before the step itself is taken to be too slow
_SLOW_TRIES = 3
_CLEAN_UP_MS = 60_000
_LOOK_EVERY_S = 0.1
_SQL_CHARACTERS = 120
_PATIENT_SQL = re.compile(
    r"\s*(VACUUM\b(?!\s*\(?[^;]*\bFULL\b)|ANALYZE\b|REINDEX\b.*\bCONCURRENTLY\b|REFRESH\b.*\bCONCURRENTLY\b)",
    re.IGNORECASE | re.DOTALL,
)

_RETRIED = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)


@dataclass(frozen=True, slots=True)
class Worker:
    """The session that does the work, and what it needs beside it."""

    connection: Connection
    lookout: Lookout
    journal: Journal
    server: ServerFacts
    limits: Limits
    observe: Observer


@dataclass(slots=True)
class _Ledger:
    """What the tries of a step have cost so far."""

    began: float = field(default_factory=time.monotonic)
    tries: int = 0
    slow: int = 0
    longest_lock_wait_ms: float = 0.0
    longest_locked_ms: float = 0.0
    blockers: tuple[Blocker, ...] = ()
    first: str = ""

    def add(self, attempt: Try, blocks: bool) -> None:
        if blocks:
            self.longest_lock_wait_ms = max(self.longest_lock_wait_ms, attempt.longest_lock_wait_ms)
            self.longest_locked_ms = max(self.longest_locked_ms, attempt.locked_ms)


def run_step(worker: Worker, step: Step, finish: Callable[[], None]) -> StepOutcome:
    """Runs *step*, which is no backfill. *finish* is called in the transaction that writes it down.

    Raises:
        LockNotGranted, DeadlineSpent, BudgetSpent: nothing of the step was kept, and it may be tried again.
        StepFailed: PostgreSQL refused it. StepNotProven: it ran, and the catalogue says otherwise.
    """
    patient = all(_is_patient(placed) for placed in step.placed)
    in_transaction = step.kind is StepKind.TRANSACTION or (
        not patient and all(_may_join_transaction(placed) for placed in step.placed)
    )
    if in_transaction:
        return _tried(worker, step, lambda attempt: _in_transaction(worker, step, attempt, finish))
    if patient:
        return _patiently(worker, step, finish)
    return _tried(worker, step, lambda attempt: _in_autocommit(worker, step, attempt, finish))


def _is_patient(placed: Placed) -> bool:
    """Whether the operation waits for others without making them wait, so that a lock timeout only does harm."""
    op = placed.operation
    if isinstance(op, o.CreateIndex | o.DropIndex):
        return not op.runs_in_transaction
    return isinstance(op, o.ValidateConstraint) or bool(_PATIENT_SQL.match(placed.statement.sql))


def _may_join_transaction(placed: Placed) -> bool:
    """Whether PostgreSQL certainly takes the operation in a transaction, where its locks can be taken our way."""
    op = placed.operation
    return op.runs_in_transaction and not isinstance(op, o.Unreadable | o.AlterObject | o.CreateObject)


# -- with locks, and in tries ---------------------------------------------------------------------------------


def _tried(worker: Worker, step: Step, run: Callable[[Try], None]) -> StepOutcome:
    """Tries until a try succeeds, pausing longer each time, as long as the lock budget lasts."""
    ledger = _Ledger()
    blocks = locks.blocks_others(step)
    deadline_ms = worker.limits.deadline_ms(worker.server.deadlock_timeout_ms) if blocks else None
    for pause_s in locks.pauses():
        ledger.tries += 1
        lock_wait_ms = worker.limits.lock_wait_ms(worker.server.deadlock_timeout_ms)
        attempt = Try(deadline_ms, lock_wait_ms, ledger.tries, ledger.first)
        try:
            with worker.lookout.watching() as sighting:
                run(attempt)
        except (NotGranted, Overdue, *_RETRIED) as error:
            ledger.add(attempt, blocks)
            blockers = _blockers(worker, error, sighting.blockers)
            _judge_failure(worker, step, ledger, error, blockers, deadline_ms, pause_s)
            _pause(worker, error, blockers, pause_s)
        except psycopg.Error as error:
            raise _refused(step, error) from None
        else:
            ledger.add(attempt, blocks)
            return StepOutcome(
                step.name,
                step.revision.id,
                step.phase,
                step.kind.value,
                Did.RAN,
                tries=ledger.tries,
                waited_ms=(attempt.began - ledger.began) * 1000,
                longest_lock_wait_ms=ledger.longest_lock_wait_ms,
                longest_locked_ms=ledger.longest_locked_ms,
                ran_ms=(time.monotonic() - attempt.began) * 1000,
            )
    raise AssertionError("pauses never end")


def _blockers(worker: Worker, error: Exception, seen: tuple[Blocker, ...]) -> tuple[Blocker, ...]:
    if seen or not isinstance(error, NotGranted):
        return seen
    return worker.lookout.holding(error.table, error.mode)


def _pause(worker: Worker, error: Exception, blockers: tuple[Blocker, ...], pause_s: float) -> None:
    """Lets the application have its turn: *pause_s* at most, and less once those who blocked are gone."""
    shortest_s = min(pause_s, 2 * worker.limits.lock_timeout_ms / 1000)
    time.sleep(shortest_s)
    until = time.monotonic() + pause_s - shortest_s
    pids = {blocker.pid for blocker in blockers}
    while (left_s := until - time.monotonic()) > 0:
        if isinstance(error, NotGranted) and pids:
            holding = worker.lookout.holding(error.table, error.mode)
            if pids.isdisjoint(blocker.pid for blocker in holding):
                return
        time.sleep(min(left_s, _LOOK_EVERY_S))


def _judge_failure(
    worker: Worker,
    step: Step,
    ledger: _Ledger,
    error: Exception,
    blockers: tuple[Blocker, ...],
    deadline_ms: int | None,
    pause_s: float,
) -> None:
    """Tells of a failed try, or raises where another one makes no sense."""
    ledger.blockers = blockers or ledger.blockers
    ledger.first = error.table if isinstance(error, NotGranted) else ledger.first
    late = isinstance(error, Overdue | errors.QueryCanceled)
    ledger.slow = ledger.slow + 1 if late and not blockers else 0
    if ledger.slow >= _SLOW_TRIES and deadline_ms is not None:
        raise DeadlineSpent(step.name, _place(step.statements[0]), deadline_ms, _short(step.statements[0].sql))
    spent_s = time.monotonic() - ledger.began
    if spent_s + pause_s > worker.limits.lock_budget_s:
        raise LockNotGranted(step.name, ledger.tries, spent_s, tuple(map(str, ledger.blockers))) from None
    worker.observe(TryFailed(step.name, ledger.tries, _reason(error), blockers, pause_s))


def _reason(error: Exception) -> str:
    if isinstance(error, NotGranted):
        return f"no lock: {error}"
    if isinstance(error, Overdue):
        return "the deadline passed"
    message = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return message or str(error)


def _in_transaction(worker: Worker, step: Step, attempt: Try, finish: Callable[[], None]) -> None:
    connection = worker.connection
    with connection.transaction():
        worker.journal.fence()
        _allow_contract(connection, step, local=True)
        locks.take(connection, locks.locks_of(connection, step, first=attempt.first), attempt)
        for statement in step.statements:
            if _already_holds(connection, step, statement):
                continue
            locks.limit(connection, attempt, lock_timeout_ms=attempt.lock_wait_ms)
            _send(connection, statement)
        locks.limit(connection, attempt, lock_timeout_ms=attempt.lock_wait_ms)
        _prove(connection, step)
        worker.journal.write(step, "done", tries=attempt.number, longest_lock_wait_ms=attempt.longest_lock_wait_ms)
        finish()


def _in_autocommit(worker: Worker, step: Step, attempt: Try, finish: Callable[[], None]) -> None:
    """A statement that PostgreSQL refuses in a transaction, and that may block others."""
    connection = worker.connection
    _note_start(worker, step)
    (statement,) = step.statements
    if not _already_holds(connection, step, statement):
        attempt.locked_since = time.monotonic()
        try:
            _session_limits(connection, lock_ms=attempt.lock_wait_ms, statement_ms=attempt.left_ms())
            _allow_contract(connection, step, local=False)
            _send(connection, statement)
        finally:
            attempt.longest_lock_wait_ms = min(attempt.locked_ms, attempt.lock_wait_ms)
            _session_limits(connection, lock_ms=0, statement_ms=0)
            _forbid_contract(connection)
    _write_done(worker, step, finish, tries=attempt.number)


# -- without blocking anybody ----------------------------------------------------------------------------------


def _patiently(worker: Worker, step: Step, finish: Callable[[], None]) -> StepOutcome:
    """CONCURRENTLY and VALIDATE: no lock timeout, since they wait for old transactions, but a budget of time."""
    connection = worker.connection
    began = time.monotonic()
    _note_start(worker, step)
    (statement,) = step.statements
    if not _already_holds(connection, step, statement):
        _drop_leftovers(worker, step)

        def tell(waited_s: float, blockers: tuple[Blocker, ...]) -> None:
            worker.observe(StillWaiting(step.name, waited_s, blockers))

        with worker.lookout.watching(tell) as sighting:
            try:
                _session_limits(connection, lock_ms=0, statement_ms=int(worker.limits.statement_budget_s * 1000))
                _send(connection, statement)
            except errors.QueryCanceled:
                seconds = time.monotonic() - began
                who = tuple(map(str, sighting.blockers))
                raise BudgetSpent(step.name, _place(statement), seconds, who) from None
            except psycopg.Error as error:
                _drop_leftovers(worker, step)
                raise _refused(step, error) from None
            finally:
                if not connection.closed:
                    _session_limits(connection, lock_ms=0, statement_ms=0)
    _write_done(worker, step, finish, tries=1)
    return StepOutcome(
        step.name,
        step.revision.id,
        step.phase,
        step.kind.value,
        Did.RAN,
        ran_ms=(time.monotonic() - began) * 1000,
    )


def _drop_leftovers(worker: Worker, step: Step) -> None:
    """Drops the INVALID index that an interrupted build left: it costs every write, and its name is taken."""
    connection = worker.connection
    if connection.closed:
        return
    for placed in step.placed:
        op = placed.operation
        if not isinstance(op, o.CreateIndex) or not op.index.name or op.only:
            continue
        index = op.table.beside(op.index.name)
        row = connection.execute(
            "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (index.sql(),)
        ).fetchone()
        if row is None or not row[0]:
            continue
        _session_limits(connection, lock_ms=0, statement_ms=_CLEAN_UP_MS)
        try:
            connection.execute(f"DROP INDEX CONCURRENTLY {index.sql()}".encode())
        except errors.QueryCanceled:
            raise BudgetSpent(step.name, _place(placed.statement), _CLEAN_UP_MS / 1000, ()) from None
        finally:
            _session_limits(connection, lock_ms=0, statement_ms=0)


# -- pieces ----------------------------------------------------------------------------------------------------


def _already_holds(connection: Connection, step: Step, statement: Statement) -> bool:
    """Whether all that *statement* does is there already; no where the catalogue cannot say."""
    asked: list[probe.Fact] = []
    for placed in step.placed:
        if placed.statement == statement:
            facts = probe.facts(placed.operation, placed.before)
            if not facts:
                return False
            asked += facts
    return all(probe.holds(connection, fact) for fact in asked)


def _prove(connection: Connection, step: Step) -> None:
    facts = probe.net([probe.facts(p.operation, p.before) or () for p in step.placed])
    if wrong := probe.contradicted(connection, facts):
        raise StepNotProven(step.name, _place(step.statements[-1]), wrong)


def _note_start(worker: Worker, step: Step) -> None:
    with worker.connection.transaction():
        worker.journal.fence()
        worker.journal.write(step, "started")


def _write_done(worker: Worker, step: Step, finish: Callable[[], None], *, tries: int) -> None:
    with worker.connection.transaction():
        worker.journal.fence()
        _prove(worker.connection, step)
        worker.journal.write(step, "done", tries=tries)
        finish()


def _send(connection: Connection, statement: Statement) -> None:
    connection.execute(statement.sql.encode())


def _allow_contract(connection: Connection, step: Step, *, local: bool) -> None:
    if step.phase is Phase.CONTRACT:
        connection.execute("SELECT set_config(%s, 'allow', %s)", (CONTRACT_SETTING, local))


def _forbid_contract(connection: Connection) -> None:
    with suppress(psycopg.Error):
        connection.execute("SELECT set_config(%s, '', false)", (CONTRACT_SETTING,))


def _session_limits(connection: Connection, *, lock_ms: int, statement_ms: int) -> None:
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
        (str(lock_ms), str(statement_ms)),
    )


def _refused(step: Step, error: psycopg.Error) -> Exception:
    """What PostgreSQL said, without the DETAIL, which may hold a row of somebody's data."""
    statement = step.statements[0]
    if error.sqlstate is None:
        # the connection is gone: whoever holds it says so
        return error
    reason = error.diag.message_primary or type(error).__name__
    hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
    return StepFailed(step.name, _place(statement), f"{reason}{hint}", sqlstate=error.sqlstate)


def _place(statement: Statement) -> str:
    return f"{statement.path}:{statement.line}"


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= _SQL_CHARACTERS else text[: _SQL_CHARACTERS - 1] + "…"
