"""What a run measured, and whether it is what safemigrate promises."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.demo.log import Kind


@dataclass(frozen=True, slots=True)
class Sampling:
    """How closely the server was watched: the number of looks, and the longest time between two of them."""

    samples: int
    longest_gap_ms: float


@dataclass(frozen=True, slots=True)
class Run:
    """One release rolled out once.

    *longest_wait_ms* is the longest wait of one statement of the application for a lock of the migration, as the
    server told it; *longest_operation_ms* what a process noticed, whatever the reason. *wrong_answers* are reads
    that did not give what the same process had written. *died* counts processes of the application that ended by
    themselves, *unexpected* says which command of the rollout did not end as it had to.
    """

    title: str
    operations: int
    failures: tuple[Kind, ...]
    wrong_answers: int
    lost: tuple[str, ...]
    wrong: tuple[str, ...]
    longest_wait_ms: float
    longest_operation_ms: float
    seconds: float
    sampling: Sampling
    died: int = 0
    unexpected: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many operations of the application ended in an error."""
        return sum(kind.count for kind in self.failures)

    @property
    def bad_rows(self) -> int:
        """Rows that are lost or wrong at the end, and answers that were wrong on the way."""
        return len(self.lost) + len(self.wrong) + self.wrong_answers


@dataclass(frozen=True, slots=True)
class Show:
    """Both runs. *deadline_ms* is how long a step of apply may make anybody wait for its locks."""

    postgres: int
    customers: int
    processes: int
    deadline_ms: float
    plain: Run
    phased: Run

    @property
    def complaints(self) -> tuple[str, ...]:
        return complaints(self.phased, self.deadline_ms)


def complaints(run: Run, deadline_ms: float) -> tuple[str, ...]:
    """What *run* did that safemigrate promises will not happen; nothing if it kept its word."""
    found = list(run.unexpected)
    if not run.operations:
        found.append("no operation of the application was measured")
    if run.failed:
        found.append(f"{run.failed} operations of the application failed")
    if run.died:
        found.append(f"{run.died} processes of the application died")
    if run.lost or run.wrong:
        found.append(f"{len(run.lost)} rows are lost and {len(run.wrong)} are wrong")
    if run.wrong_answers:
        found.append(f"{run.wrong_answers} reads did not give what had been written")
    if run.longest_wait_ms > deadline_ms:
        found.append(
            f"the application waited {run.longest_wait_ms:.0f} ms for a lock of the migration, longer than the "
            f"deadline of {deadline_ms:.0f} ms"
        )
    return tuple(found)
