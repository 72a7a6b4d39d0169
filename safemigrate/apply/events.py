"""What apply says while it works, and what it says when it is done: values for whoever shows them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from safemigrate.history import Phase


class Did(enum.StrEnum):
    """What became of a step."""

    RAN = "ran"
    FOUND_DONE = "found done"


class Verdict(enum.StrEnum):
    """What a gate says. Unproven closes it as a no does, and says that nobody knows. Asks needs a person's word."""

    YES = "yes"
    ASKS = "asks"
    NO = "no"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A gate's verdict, in a sentence; *details* are what it was read from, one a line."""

    gate: str
    verdict: Verdict
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that holds, or waits for, what a step needs."""

    pid: int
    application_name: str
    state: str
    #: how long its transaction has been open; None where that may not be seen
    transaction_s: float | None
    query: str

    def __str__(self) -> str:
        name = f'"{self.application_name}"' if self.application_name else "unnamed"
        age = f", its transaction is {self.transaction_s:.1f} s old" if self.transaction_s is not None else ""
        query = f": {self.query}" if self.query else ""
        return f"pid {self.pid} ({name}, {self.state or 'state not visible'}{age}){query}"


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How one step went. Times are in milliseconds.

    *waited_ms* is all the time between the first try and the last one's start, pauses included.
    *longest_lock_wait_ms* is the longest that a try queued for one lock, and *longest_locked_ms* the longest from
    the first lock that a try asked for to its end: no statement of the application waited longer for this step.
    Both are zero for what blocks nobody.
    """

    name: str
    revision: str
    phase: Phase
    kind: str
    did: Did
    tries: int = 1
    waited_ms: float = 0.0
    longest_lock_wait_ms: float = 0.0
    longest_locked_ms: float = 0.0
    ran_ms: float = 0.0
    rows: int | None = None
    batches: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one apply did. *run* is its number in the journal, None where there was nothing to do."""

    phase: Phase
    run: int | None
    position: tuple[str, ...]
    steps: tuple[StepOutcome, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: revisions that are still pending, with their phases
    pending: tuple[tuple[str, Phase], ...] = ()

    @property
    def longest_lock_wait_ms(self) -> float:
        """The longest that any try queued for a lock, and others perhaps behind it."""
        return max((step.longest_lock_wait_ms for step in self.steps), default=0.0)

    @property
    def longest_locked_ms(self) -> float:
        """The longest that a statement of the application can have waited for apply."""
        return max((step.longest_locked_ms for step in self.steps), default=0.0)

    @property
    def tries(self) -> int:
        return sum(step.tries for step in self.steps)

    @property
    def rows(self) -> int:
        """The rows that backfills changed."""
        return sum(step.rows or 0 for step in self.steps)


# -- events --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The lock is ours. *steps* are the names of those that follow, *application_name* is how to find us."""

    phase: Phase
    run: int
    application_name: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitingForApply:
    """Another apply, or what a killed one left behind, holds the lock."""

    holder: str


@dataclass(frozen=True, slots=True)
class GateAsked:
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class StepStarted:
    """*sql* is the first statement, on one line."""

    name: str
    phase: Phase
    kind: str
    sql: str


@dataclass(frozen=True, slots=True)
class TryFailed:
    """A try got no lock; the next one follows in *pause_s*."""

    name: str
    number: int
    reason: str
    blockers: tuple[Blocker, ...]
    pause_s: float


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """A statement that blocks nobody waits for others."""

    name: str
    waited_s: float
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class BackfillMoved:
    """*rows_seen* of about *rows_total* were looked at since the backfill began, runs before this one included."""

    name: str
    table: str
    rows_seen: int
    rows_changed: int
    rows_total: int
    rows_per_s: float
    batch_rows: int

    @property
    def remaining_s(self) -> float | None:
        left = self.rows_total - self.rows_seen
        return left / self.rows_per_s if self.rows_per_s > 0 and left >= 0 else None


@dataclass(frozen=True, slots=True)
class StepEnded:
    outcome: StepOutcome


Event = RunStarted | WaitingForApply | GateAsked | StepStarted | TryFailed | StillWaiting | BackfillMoved | StepEnded
Observer = Callable[[Event], None]


def unobserved(event: Event) -> None:
    """The observer that looks away."""
