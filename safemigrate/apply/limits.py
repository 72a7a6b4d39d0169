"""How long apply may wait, hold and work; and what it may lose."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times that keep the application running.

    *lock_timeout_ms* bounds one wait for a lock, *step_deadline_ms* a whole try of a step that blocks others; both
    are cut to 0.8 of the server's deadlock_timeout, so that we yield before the application is made a victim,
    unless *step_deadline_ms* was raised on purpose. *lock_budget_s* bounds all tries of a step, *statement_budget_s*
    a statement that blocks nobody. *wait_s* is how long to wait for another apply; the default is what a killed one
    needs to disappear.
    """

    lock_timeout_ms: int = 250
    step_deadline_ms: int | None = None
    lock_budget_s: float = 900.0
    statement_budget_s: float = 3600.0
    wait_s: float = 3.0
    #: backfill: how long a batch should take, and how long to pause behind one of a second
    batch_ms: tuple[int, int] = (100, 250)
    batch_rows: tuple[int, int] = (50, 50_000)
    first_batch_rows: int = 1000
    nice: float = 0.5

    def lock_wait_ms(self, deadlock_timeout_ms: int) -> int:
        """How long one wait for a lock may last."""
        return max(1, min(self.lock_timeout_ms, int(deadlock_timeout_ms * 0.8)))

    def deadline_ms(self, deadlock_timeout_ms: int) -> int:
        """How long one try may keep others waiting."""
        return self.step_deadline_ms or max(2, int(deadlock_timeout_ms * 0.8))


@dataclass(frozen=True, slots=True)
class GateOptions:
    """How the gates of a contract are asked: *samples* of the sessions over *span_s* seconds.

    *ignored* are patterns (``*`` and ``?``) of application names that count as no version of the application.
    *accept_data_loss* is a person's word that what contract drops may go.
    """

    samples: int = 3
    span_s: float = 2.0
    ignored: tuple[str, ...] = ()
    accept_data_loss: bool = False

    def ignores(self, application_name: str) -> bool:
        return any(fnmatch.fnmatchcase(application_name, pattern) for pattern in self.ignored)


DEFAULT_LIMITS = Limits()
DEFAULT_GATES = GateOptions()
