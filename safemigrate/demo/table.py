"""The show for people, line by line, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from safemigrate.demo.result import Run, Show
from safemigrate.demo.stage import Step, Tally
from safemigrate.report.text import Line, Style, clean, line

VERSION = 1

WHAT_WIDTH = 62
KINDS_SHOWN = 6
LONGEST_NOTE = 96
ROW_WIDTH = 46
COLUMN_WIDTH = 22

HEADINGS = f"{'':{WHAT_WIDTH}}  seconds  operations  failed  slowest"


def release_lines(titles: Sequence[str]) -> Iterator[Line]:
    """What the release brings, revision by revision."""
    yield ()
    yield line((f"Version 2 of the shop brings {len(titles)} revisions:", Style.BOLD))
    for title in titles:
        yield line(f"  {clean(title)}")


def step_line(step: Step) -> Line:
    """A step that has ended: its mark, its figures, and what there is to say."""
    mark = ("✓ ", Style.GOOD) if step.good else ("✗ ", Style.ERROR)
    what = f"{step.what:{WHAT_WIDTH - 2}}  {step.seconds:7.1f}"
    if step.tally is None:
        return line(mark, what, f"  {clean(step.note)}")
    return line(mark, what, *_figures(step.tally))


def note_lines(step: Step) -> Iterator[Line]:
    """What a step under traffic said, below it."""
    if step.note and step.tally is not None:
        yield line((f"  └ {_cut(clean(step.note))}", Style.DIM if step.good else Style.ERROR))


def running_line(what: str, tally: Tally | None, seconds: float) -> Line:
    """A step that is on its way."""
    pieces: tuple[str | tuple[str, Style], ...] = (f"{what:{WHAT_WIDTH - 2}}  {seconds:7.1f}",)
    return line(*pieces, *(_figures(tally) if tally else ()))


def _figures(tally: Tally) -> tuple[str | tuple[str, Style], ...]:
    failed = (f"  {tally.failed:6,}", Style.ERROR if tally.failed else Style.PLAIN)
    return f"  {tally.operations:10,}", failed, f"  {tally.longest_ms:4,.0f} ms"


def kind_lines(run: Run) -> Iterator[Line]:
    """The failures of *run*, the most frequent first."""
    for kind in run.failures[:KINDS_SHOWN]:
        yield line(
            ("  ✗ ", Style.ERROR),
            f"{kind.count:5,} × v{kind.version} {kind.operation:21} {kind.sqlstate}  ",
            (f"{clean(kind.statement)}  ", Style.DIM),
            clean(kind.error),
        )
    rest = run.failures[KINDS_SHOWN:]
    if rest:
        yield line(("  ✗ ", Style.ERROR), f"{sum(kind.count for kind in rest):5,} × in {len(rest)} more ways")


def closing_lines(show: Show, kept: Path | None) -> Iterator[Line]:
    """The table of both runs, and what it means."""
    plain, phased = show.plain, show.phased
    yield line((f"{'':{ROW_WIDTH}}{plain.title:>{COLUMN_WIDTH}}{phased.title:>{COLUMN_WIDTH}}", Style.BOLD))
    yield _row("failed operations", (plain.failed, phased.failed))
    yield _row("lost or wrong rows", (plain.bad_rows, phased.bad_rows))
    yield _row("longest wait for a lock of the migration, ms", (plain.longest_wait_ms, phased.longest_wait_ms))
    yield _row("slowest operation, ms", (plain.longest_operation_ms, phased.longest_operation_ms))
    yield _row("seconds", (plain.seconds, phased.seconds))
    yield ()
    yield line(_about_plain(plain))
    yield from _about_phased(show)
    if kept is not None:
        yield line(f"The logs are kept in {kept}.")


def _row(what: str, figures: Sequence[float]) -> Line:
    return line(f"{what:{ROW_WIDTH}}", *(f"{round(figure):{COLUMN_WIDTH},}" for figure in figures))


def _about_plain(run: Run) -> str:
    if run.unexpected:
        return f"Plainly: {clean(run.unexpected[0])}."
    if not run.failed and not run.bad_rows:
        return (
            f"Plainly, nothing failed this time; somebody waited {_seconds(run.longest_wait_ms)} for the migration."
        )
    return (
        f"Plainly, {run.failed:,} of {run.operations:,} operations failed, "
        f"and somebody waited {_seconds(run.longest_wait_ms)} for the migration."
    )


def _about_phased(show: Show) -> Iterator[Line]:
    if not show.complaints:
        yield line(
            f"With safemigrate, none of {show.phased.operations:,} failed, every row is as it was written, "
            f"and the longest wait was {_seconds(show.phased.longest_wait_ms)} (allowed: {show.deadline_ms:.0f} ms)."
        )
        return
    for complaint in show.complaints:
        yield line(("With safemigrate, this is not as it has to be: ", Style.ERROR), f"{clean(complaint)}.")


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NOTE else f"{text[: LONGEST_NOTE - 2].rstrip()} …"


# -- JSON -------------------------------------------------------------------------------------------------------


def show_json(show: Show, kept: Path | None) -> str:
    """The show as one JSON object."""
    return json.dumps(
        {
            "version": VERSION,
            "passed": not show.complaints,
            "complaints": list(show.complaints),
            "postgres": show.postgres,
            "customers": show.customers,
            "processes": show.processes,
            "deadline_ms": show.deadline_ms,
            "runs": {"plain": _run_json(show.plain), "safemigrate": _run_json(show.phased)},
            "kept": str(kept) if kept else None,
        },
        indent=2,
        ensure_ascii=False,
    )


def _run_json(run: Run) -> dict[str, object]:
    return {
        "title": run.title,
        "operations": run.operations,
        "failed": run.failed,
        "failures": [
            {
                "version": kind.version,
                "operation": kind.operation,
                "sqlstate": kind.sqlstate,
                "statement": kind.statement,
                "error": kind.error,
                "count": kind.count,
            }
            for kind in run.failures
        ],
        "wrong_answers": run.wrong_answers,
        "lost_rows": list(run.lost),
        "wrong_rows": list(run.wrong),
        "longest_lock_wait_ms": round(run.longest_wait_ms, 1),
        "longest_operation_ms": round(run.longest_operation_ms, 1),
        "samples": run.sampling.samples,
        "longest_gap_between_samples_ms": round(run.sampling.longest_gap_ms, 1),
        "processes_died": run.died,
        "unexpected": list(run.unexpected),
        "seconds": round(run.seconds, 1),
    }
