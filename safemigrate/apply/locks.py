"""Locks taken so that the application never waits long: one wait, the rest at once or not at all, and a deadline."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from safemigrate.apply.session import Connection
from safemigrate.plan.plan import Step
from safemigrate.schema import Lock, LockMode, Name

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 10.0
#: tries that ask for the later locks without any wait
_IMPATIENT_TRIES = 3
_PATIENCE_MS = 20


class NotGranted(Exception):
    """A lock on *table* was not to be had in time."""

    def __init__(self, table: str, mode: LockMode, wait_ms: int) -> None:
        self.table = table
        self.mode = mode
        super().__init__(f"{mode} on {table} " + (f"within {wait_ms} ms" if wait_ms else "at once"))


class Overdue(Exception):
    """The deadline of a try has passed."""


@dataclass(slots=True)
class Try:
    """One try of a step, from its first lock on. *deadline_ms* is None where the step keeps nobody waiting."""

    deadline_ms: int | None
    lock_wait_ms: int
    number: int
    #: the table that an earlier try could not get at once, as written: this one waits for it first
    first: str = ""
    began: float = field(default_factory=time.monotonic)
    longest_lock_wait_ms: float = 0.0
    locked_since: float | None = None

    @property
    def locked_ms(self) -> float:
        """How long ago the first lock was asked for."""
        return 0.0 if self.locked_since is None else (time.monotonic() - self.locked_since) * 1000

    def left_ms(self) -> int:
        """What is left until the deadline; 0 stands for no deadline.

        Raises:
            Overdue: nothing is.
        """
        if self.deadline_ms is None:
            return 0
        left = int(self.deadline_ms - self.locked_ms)
        if left < 1:
            raise Overdue
        return left


def locks_of(connection: Connection, step: Step, *, first: str = "") -> tuple[Lock, ...]:
    """What *step* locks of the tables that are there, each in the strongest mode it needs.

    In the order of names, so that two sessions of ours would ask alike; *first* (a table, as written) comes
    before the others.
    """
    strongest: dict[Name, LockMode] = {}
    for lock in step.footprint().locks:
        strongest[lock.table] = max(lock.mode, strongest.get(lock.table, lock.mode))
    wanted = [Lock(t, mode) for t, mode in sorted(strongest.items(), key=lambda item: item[0].sql())]
    # a reader blocks nobody but us, and a lock that we do not take early is taken by the statement
    wanted = [lock for lock in wanted if lock.mode > LockMode.ROW_SHARE and _can_be_locked(connection, lock.table)]
    return tuple(sorted(wanted, key=lambda lock: lock.table.sql() != first))


def _can_be_locked(connection: Connection, table: Name) -> bool:
    row = connection.execute(
        "SELECT relkind IN ('r', 'p') FROM pg_class WHERE oid = to_regclass(%s)", (table.sql(),)
    ).fetchone()
    return row is not None and bool(row[0])


def blocks_others(step: Step) -> bool:
    """Whether somebody may have to wait for the step: not for one that only touches what its revision made."""
    return any(
        lock.mode >= LockMode.ROW_EXCLUSIVE and not step.before.is_new(lock.table) for lock in step.footprint().locks
    ) or any(not p.operation.runs_in_transaction for p in step.placed)


def take(connection: Connection, locks: tuple[Lock, ...], attempt: Try) -> None:
    """Takes *locks* in the open transaction.

    Only the first may wait. While it is held, the application queues behind it, so the others are asked for with
    NOWAIT. On a table in constant use that would never succeed, so later tries grant a few milliseconds, which
    is far below deadlock_timeout and within the deadline of the try.

    Raises:
        NotGranted: one of them is held by somebody else.
        Overdue: the deadline of the try has passed.
    """
    patience_ms = 0
    if attempt.number > _IMPATIENT_TRIES:
        patience_ms = min(_PATIENCE_MS * 2 ** (attempt.number - _IMPATIENT_TRIES), attempt.lock_wait_ms // 2)
    attempt.locked_since = time.monotonic()
    for position, lock in enumerate(locks):
        wait_ms = attempt.lock_wait_ms if position == 0 else patience_ms
        _take_one(connection, lock, attempt, wait_ms)
    limit(connection, attempt, lock_timeout_ms=attempt.lock_wait_ms)


def _take_one(connection: Connection, lock: Lock, attempt: Try, wait_ms: int) -> None:
    nowait = "" if wait_ms else " NOWAIT"
    if wait_ms:
        limit(connection, attempt, lock_timeout_ms=wait_ms)
    asked = time.monotonic()
    try:
        connection.execute(f"LOCK TABLE {lock.table.sql()} IN {lock.mode} MODE{nowait}".encode())
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.QueryCanceled) as error:
        raise NotGranted(lock.table.sql(), lock.mode, wait_ms) from error
    finally:
        waited_ms = (time.monotonic() - asked) * 1000
        attempt.longest_lock_wait_ms = max(attempt.longest_lock_wait_ms, waited_ms)


def limit(connection: Connection, attempt: Try, *, lock_timeout_ms: int) -> None:
    """Sets what the next statement may wait for locks, and how long it may take at all."""
    left_ms = attempt.left_ms()
    lock_ms = min(lock_timeout_ms, left_ms) if left_ms else lock_timeout_ms
    connection.execute(
        "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
        (str(lock_ms), str(left_ms)),
    )


def pauses() -> Iterator[float]:
    """Seconds between tries: exponential, with full jitter, and never none at all."""
    ceiling = _FIRST_PAUSE_S
    while True:
        yield 0.02 + random.uniform(0, ceiling)
        ceiling = min(ceiling * 2, _LONGEST_PAUSE_S)
