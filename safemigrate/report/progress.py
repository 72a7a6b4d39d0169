"""Apply at work: each event as lines for people, and the outcome for machines."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from safemigrate.apply.events import (
    BackfillMoved,
    Blocker,
    Did,
    Event,
    Evidence,
    GateAsked,
    Outcome,
    RunStarted,
    StepEnded,
    StepOutcome,
    StepStarted,
    StillWaiting,
    TryFailed,
    Verdict,
    WaitingForApply,
)
from safemigrate.history import Phase
from safemigrate.report.text import Line, Style, clean, counted, line

_SQL_CHARACTERS = 100
_MARKS = {
    Verdict.YES: ("yes", Style.GOOD),
    Verdict.ASKS: ("asks", Style.ADVICE),
    Verdict.NO: ("no", Style.ERROR),
    Verdict.UNPROVEN: ("unproven", Style.WARNING),
}


def event_lines(event: Event) -> Iterator[Line]:
    """The lines that tell of *event*. A BackfillMoved comes with every batch; whoever prints chooses among them."""
    match event:
        case RunStarted(steps=steps, run=run):
            yield line((f"run {run}", Style.BOLD), f": {counted(len(steps), 'step')} to look at")
        case WaitingForApply(holder=holder):
            yield line(("waiting", Style.WARNING), f" for another apply: {clean(holder)}")
        case GateAsked(evidence=evidence):
            yield evidence_line(evidence)
        case StepStarted(name=name, kind=kind, sql=sql):
            yield line((name, Style.BOLD), f"  {kind}  ", (_short(sql), Style.DIM))
        case TryFailed(number=number, reason=reason, blockers=blockers, pause_s=pause_s):
            yield line(f"  try {number}: {clean(reason)}; again in {pause_s:.1f} s")
            yield from _blocked(blockers)
        case StillWaiting(waited_s=waited_s, blockers=blockers):
            yield line(f"  waiting for {waited_s:.0f} s, blocking nobody")
            yield from _blocked(blockers)
        case BackfillMoved():
            yield line(f"  {backfill_text(event)}")
        case StepEnded(outcome=outcome):
            yield line("  ", (_ended(outcome), Style.GOOD if outcome.did is Did.RAN else Style.DIM))


def _blocked(blockers: Iterable[Blocker]) -> Iterator[Line]:
    for blocker in blockers:
        yield line("    blocked by ", (clean(str(blocker)), Style.WARNING))


def _ended(outcome: StepOutcome) -> str:
    if outcome.did is Did.FOUND_DONE:
        return f"{outcome.name} was done already"
    words = [f"done in {_duration(outcome.ran_ms)}"]
    if outcome.rows is not None:
        words.append(f"{outcome.rows} rows in {outcome.batches} batch{'' if outcome.batches == 1 else 'es'}")
    if outcome.tries > 1:
        words.append(f"try {outcome.tries}")
    if outcome.longest_locked_ms:
        words.append(f"kept others waiting {_duration(outcome.longest_locked_ms)} at most")
    return ", ".join(words)


def backfill_text(event: BackfillMoved) -> str:
    """``customers: 12000 of 50000 rows (24 %), 8000 rows/s, 5 s left``."""
    percent = 100 * event.rows_seen // event.rows_total if event.rows_total else 100
    left = f", {_left(event.remaining_s)} left" if event.remaining_s is not None else ""
    return (
        f"{event.table}: {event.rows_seen} of {event.rows_total} rows ({percent} %), "
        f"{event.rows_per_s:.0f} rows/s{left}"
    )


def outcome_lines(outcome: Outcome, seconds: float) -> Iterator[Line]:
    """How it ended, and what comes next."""
    at = ", ".join(outcome.position) or "base"
    if outcome.run is None:
        yield line(f"{outcome.phase}: nothing to do; the database is at {at}")
    else:
        did = [step for step in outcome.steps if step.did is Did.RAN]
        yield line(
            (f"{outcome.phase} is done", Style.GOOD),
            f": {counted(len(did), 'step')} in {seconds:.1f} s; the database is at {at}",
        )
        yield line(
            f"  longest wait for a lock {_duration(outcome.longest_lock_wait_ms)}; "
            f"nobody waited for us longer than {_duration(outcome.longest_locked_ms)}"
        )
    if outcome.pending:
        revision, phase = outcome.pending[0]
        yield line(f"  next: {revision} ({phase}): ", (next_command(phase), Style.BOLD))
    yield from _left_behind(outcome)


def _left_behind(outcome: Outcome) -> Iterator[Line]:
    """Warns of a later release that waits behind a contract: its version cannot start yet."""
    for (contract, before), (revision, phase) in itertools.pairwise(outcome.pending):
        if (before, phase) == (Phase.CONTRACT, Phase.EXPAND):
            yield line(
                (f"  not yet: {revision} ({phase})", Style.WARNING),
                f" waits behind {contract} ({before}); the version that needs it cannot start before it has run",
            )
            return


def next_command(phase: str) -> str:
    """What to run for *phase*; a contract is asked about first."""
    asked = "safemigrate can-i contract, then " if phase == "contract" else ""
    return f"{asked}safemigrate apply --phase {phase}"


def evidence_line(evidence: Evidence) -> Line:
    word, style = _MARKS[evidence.verdict]
    return line((f"{word:>8}", style), f"  {evidence.gate}: {clean(evidence.sentence)}")


def outcome_json(outcome: Outcome) -> dict[str, object]:
    """The outcome as ``apply --format json`` prints it."""
    return {
        "version": 1,
        "phase": outcome.phase,
        "run": outcome.run,
        "position": list(outcome.position),
        "steps": [step_json(step) for step in outcome.steps],
        "gates": [evidence_json(each) for each in outcome.evidence],
        "pending": [{"revision": revision, "phase": phase} for revision, phase in outcome.pending],
        "longest_lock_wait_ms": round(outcome.longest_lock_wait_ms, 1),
        "longest_locked_ms": round(outcome.longest_locked_ms, 1),
        "error": None,
    }


def failure_json(phase: str, events: Iterable[Event], error: str, exit_code: int) -> dict[str, object]:
    """What was done before *error*, in the shape of an outcome."""
    told = list(events)
    steps = [event.outcome for event in told if isinstance(event, StepEnded)]
    run = next((event.run for event in told if isinstance(event, RunStarted)), None)
    return {
        "version": 1,
        "phase": phase,
        "run": run,
        "position": None,
        "steps": [step_json(step) for step in steps],
        "gates": [evidence_json(event.evidence) for event in told if isinstance(event, GateAsked)],
        "pending": None,
        "longest_lock_wait_ms": round(max((s.longest_lock_wait_ms for s in steps), default=0.0), 1),
        "longest_locked_ms": round(max((s.longest_locked_ms for s in steps), default=0.0), 1),
        "error": {"message": clean(error), "exit_code": exit_code},
    }


def step_json(step: StepOutcome) -> dict[str, object]:
    return {key: round(value, 1) if isinstance(value, float) else value for key, value in asdict(step).items()}


def evidence_json(evidence: Evidence) -> dict[str, object]:
    return {
        "gate": evidence.gate,
        "verdict": evidence.verdict,
        "sentence": clean(evidence.sentence),
        "details": [clean(detail) for detail in evidence.details],
    }


def dumped(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _short(sql: str) -> str:
    text = clean(sql)
    return text if len(text) <= _SQL_CHARACTERS else text[: _SQL_CHARACTERS - 1] + "…"


def _duration(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 10_000 else f"{ms / 1000:.1f} s"


def _left(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"
