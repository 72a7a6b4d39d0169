"""One step on a live database: ask whether it is done, do it, ask again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
from psycopg import errors

from safemigrate.apply import locks, probe
from safemigrate.apply.events import Blocker, Did, StepOutcome, StillWaiting
from safemigrate.apply.facts import Fact
from safemigrate.apply.locks import Try
from safemigrate.apply.session import Connection, is_gone
from safemigrate.apply.tries import tried
from safemigrate.apply.worker import Worker, place, refused
from safemigrate.errors import BudgetSpent, NotProven, StepNotProven
from safemigrate.history import Phase, Statement
from safemigrate.plan.plan import Step, StepKind
from safemigrate.rulebook import Placed
from safemigrate.schema import operations as o
from safemigrate.schema.sync import CONTRACT_SETTING

_CLEAN_UP_MS = 60_000
_PATIENT_SQL = re.compile(
    r"\s*(VACUUM\b(?!\s*\(?[^;]*\bFULL\b)|ANALYZE\b|REINDEX\b.*\bCONCURRENTLY\b|REFRESH\b.*\bCONCURRENTLY\b)",
    re.IGNORECASE | re.DOTALL,
)


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
        return tried(worker, step, lambda attempt: _in_transaction(worker, step, attempt, finish))
    if patient:
        return _patiently(worker, step, finish)
    return tried(worker, step, lambda attempt: _in_autocommit(worker, step, attempt, finish))


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
    _refuse_twice(worker, step)
    _note_start(worker, step)
    (statement,) = step.statements
    if not _already_holds(connection, step, statement):
        attempt.locked_since = time.monotonic()
        try:
            _session_limits(connection, lock_ms=attempt.lock_wait_ms, statement_ms=attempt.left_ms())
            _allow_contract(connection, step, local=False)
            _send(connection, statement)
        except psycopg.Error as error:
            if not connection.closed and not is_gone(error):
                worker.journal.forget_start(step)
            raise
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
                raise BudgetSpent(step.name, place(statement), seconds, who) from None
            except psycopg.Error as error:
                _drop_leftovers(worker, step)
                raise refused(step, error) from None
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
            raise BudgetSpent(step.name, place(placed.statement), _CLEAN_UP_MS / 1000, ()) from None
        finally:
            _session_limits(connection, lock_ms=0, statement_ms=0)


# -- pieces ----------------------------------------------------------------------------------------------------


def _refuse_twice(worker: Worker, step: Step) -> None:
    """Raises NotProven where the step was begun, and nobody can tell whether it was done."""
    if any(probe.facts(placed.operation, placed.before) for placed in step.placed):
        return
    if all(isinstance(op, o.CreateObject) and op.or_replace for op in step.operations):
        return
    if worker.journal.was_left(step):
        statement = step.statements[0]
        raise NotProven(
            f"step {step.name} was begun by an apply that was interrupted, and the database does not tell "
            f"whether it was done: {' '.join(statement.sql.split())}.",
            where=place(statement),
            remedy=f"Look at the database by hand. {worker.journal.remedy(step)}",
        )


def _already_holds(connection: Connection, step: Step, statement: Statement) -> bool:
    """Whether all that *statement* does is there already; no where the catalogue cannot say."""
    asked: list[Fact] = []
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
        raise StepNotProven(step.name, place(step.statements[-1]), wrong)


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
