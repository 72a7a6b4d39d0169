"""Where a database stands, and whether it may be contracted: for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safemigrate.apply.events import Evidence, Verdict
from safemigrate.apply.progress import State
from safemigrate.apply.status import RevisionStatus, Status, StepStatus
from safemigrate.report.progress import evidence_json, evidence_line, next_command
from safemigrate.report.text import Line, Style, clean, counted, line

_STYLES = {State.DONE: Style.GOOD, State.HALF: Style.WARNING, State.OPEN: Style.PLAIN}
_SQL_CHARACTERS = 80


def status_lines(status: Status) -> Iterator[Line]:
    """The status from what is to what comes next."""
    at = ", ".join(status.rows) or "base"
    yield line((status.database, Style.BOLD), f"  PostgreSQL {status.postgres}, at {at}")
    if status.applying:
        yield line(("applying now", Style.WARNING), f": {clean(status.applying)}")
    if status.last_run is not None:
        run = status.last_run
        reason = f": {clean(run.reason)}" if run.reason else ""
        state = "was killed" if run.state == "running" and not status.applying else run.state
        yield line(f"last apply: run {run.id}, {run.phase}, {state}, begun {run.started_at:%Y-%m-%d %H:%M}{reason}")
    yield from _connected(status)
    if not status.pending:
        yield line(("nothing is pending", Style.GOOD), f": all {status.revisions} revisions have run")
        return
    yield line(f"pending: {counted(len(status.pending), 'revision')}")
    for revision in status.pending:
        yield from _revision(revision)
    assert status.next_phase is not None
    yield line("next: ", (next_command(status.next_phase), Style.BOLD))


def _connected(status: Status) -> Iterator[Line]:
    for name, count in sorted(status.connected.items()):
        shown = clean(name) or "(no application_name)"
        yield line(f"connected: {shown}, {counted(count, 'session')}")


def _revision(revision: RevisionStatus) -> Iterator[Line]:
    title = f"  {clean(revision.title)}" if revision.title else ""
    yield line("  ", (revision.id, Style.BOLD), f"  {revision.phase}{title}")
    if revision.whole:
        yield line(f"    Alembic runs it as a whole: {clean(revision.whole)}")
    for step in revision.steps:
        text = clean(step.sql)
        text = text if len(text) <= _SQL_CHARACTERS else text[: _SQL_CHARACTERS - 1] + "…"
        yield line("    ", (f"{step.state:<5}", _STYLES[step.state]), f" {step.kind:<11}  {text}{_rows(step)}")


def _rows(step: StepStatus) -> str:
    if step.rows_seen is None:
        return ""
    return f"  ({step.rows_seen} of {max(step.rows_total or 0, step.rows_seen)} rows)"


def status_json(status: Status) -> dict[str, object]:
    """The status as ``status --format json`` prints it."""
    return {
        "version": 1,
        "database": status.database,
        "postgres": status.postgres,
        "position": list(status.rows),
        "pending": [
            {
                "revision": revision.id,
                "phase": revision.phase,
                "title": clean(revision.title),
                "whole": clean(revision.whole) or None,
                "steps": [
                    {
                        "name": step.name,
                        "kind": step.kind,
                        "state": step.state,
                        "sql": clean(step.sql),
                        "rows_seen": step.rows_seen,
                        "rows_total": step.rows_total,
                    }
                    for step in revision.steps
                ],
            }
            for revision in status.pending
        ],
        "connected": [
            {"application_name": clean(name), "sessions": count} for name, count in sorted(status.connected.items())
        ],
        "applying": clean(status.applying) or None,
        "last_run": _last_run(status),
        "next": status.next_command or None,
    }


def _last_run(status: Status) -> dict[str, object] | None:
    run = status.last_run
    if run is None:
        return None
    return {
        "id": run.id,
        "phase": run.phase,
        "state": run.state,
        "reason": run.reason,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
    }


# -- can-i ---------------------------------------------------------------------------------------------------


def answer_of(evidence: Sequence[Evidence]) -> Verdict:
    """No if any gate says no, unproven if any cannot tell, else yes: what a gate asks, apply is told."""
    verdicts = {each.verdict for each in evidence}
    return next((v for v in (Verdict.NO, Verdict.UNPROVEN) if v in verdicts), Verdict.YES)


def answer_lines(evidence: Sequence[Evidence]) -> Iterator[Line]:
    """The answer with its first reason on one line, and the evidence of all gates below."""
    answer = answer_of(evidence)
    reasons = [each.sentence for each in evidence if each.verdict is answer]
    style = {Verdict.YES: Style.GOOD, Verdict.NO: Style.ERROR, Verdict.UNPROVEN: Style.WARNING}[answer]
    reason = reasons[0] if answer is not Verdict.YES or len(evidence) == 1 else "every gate is open"
    if answer is Verdict.YES and any(each.verdict is Verdict.ASKS for each in evidence):
        reason += ", and apply asks for --accept loses-data"
    yield line((answer.value, style), f": {clean(reason)}")
    for each in evidence:
        yield evidence_line(each)
        if len(each.details) > 1:
            for detail in each.details:
                yield line(" " * 10, clean(detail))


def answer_json(evidence: Sequence[Evidence]) -> dict[str, object]:
    """The answer as ``can-i --format json`` prints it."""
    return {
        "version": 1,
        "question": "contract",
        "answer": answer_of(evidence),
        "gates": [evidence_json(each) for each in evidence],
    }
