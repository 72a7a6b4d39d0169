"""A step tried until it gets its locks: pauses that grow, blockers by name, and an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import errors

from safemigrate.apply import locks
from safemigrate.apply.events import Blocker, Did, StepOutcome, TryFailed
from safemigrate.apply.locks import NotGranted, Overdue, Try
from safemigrate.apply.worker import Worker, place, refused
from safemigrate.errors import DeadlineSpent, LockNotGranted
from safemigrate.plan.plan import Step

#: tries that run out of time with nobody in the way, before the step itself is taken to be too slow
_SLOW_TRIES = 3
_LOOK_EVERY_S = 0.1
_SQL_CHARACTERS = 120

_RETRIED = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)


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


def tried(worker: Worker, step: Step, run: Callable[[Try], None]) -> StepOutcome:
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
            raise refused(step, error) from None
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
        raise DeadlineSpent(step.name, place(step.statements[0]), deadline_ms, _short(step.statements[0].sql))
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


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= _SQL_CHARACTERS else text[: _SQL_CHARACTERS - 1] + "…"
