"""A timeline for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safemigrate.plan.losses import lost
from safemigrate.plan.plan import Step, StepKind
from safemigrate.plan.strategy import Stage, Timeline
from safemigrate.rulebook import Finding
from safemigrate.schema import Footprint, LockMode, Work, sync
from safemigrate.schema.recognise import TEMPLATES

_LENGTH = {
    Work.INSTANT: "instant",
    Work.ROWS: "as long as its rows take",
    Work.SCAN: "a scan of the table",
    Work.INDEX_BUILD: "an index build",
    Work.REWRITE: "a rewrite of the table",
    Work.UNKNOWN: "unknown",
}


def timeline_text(timeline: Timeline, *, postgres: int | None = None) -> str:
    """The timeline as lines that can be pasted: what runs when, what it locks, what must hold, how to go back."""
    return "\n".join(_lines(timeline, postgres)).rstrip() + "\n"


def _lines(timeline: Timeline, postgres: int | None) -> Iterator[str]:
    yield f"{timeline.strategy} rollout from {timeline.before or 'base'}"
    yield ""
    for stage in timeline.stages:
        yield f"{stage.title}    {_fleet(stage)}"
        yield f"  run      {stage.command}"
        for label, text in _labelled("before", stage.requires):
            yield f"  {label:<8} {text}"
        for step in stage.steps:
            yield from _step(step, postgres)
        yield f"  back     {stage.back}"
        yield ""


def _fleet(stage: Stage) -> str:
    shares = [f"{stage.old_percent} % old"] * bool(stage.old_percent)
    shares += [f"{stage.new_percent} % new"] * bool(stage.new_percent)
    return "[" + ", ".join(shares) + "]"


def _labelled(label: str, texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(texts):
        yield (label if number == 0 else "", text)


def _step(step: Step, postgres: int | None) -> Iterator[str]:
    found = step.footprint(postgres=postgres)
    yield f"  step     {step.name}  {step.kind}  {_locks(found)}  {duration(step, found)}"
    for text in _texts(step):
        yield f"             {shortened(text)}"
    for placed in step.losses:
        yield f"             takes away {shortened(lost(placed.operation))} for good"


def _texts(step: Step) -> Iterator[str]:
    """The statements in words that fit a line: a backfill as its one UPDATE, a guard as what it does."""
    if step.backfill is not None:
        fill = step.backfill
        pairs = ", ".join(f"{column} = {value}" for column, value in fill.assignments)
        yield f"UPDATE {fill.table} SET {pairs} WHERE {fill.where}"
        return
    for statement in step.statements:
        operations = [p.operation for p in step.placed if p.statement is statement]
        if isinstance(operations[0], sync.Guard):
            tables = ", ".join(map(str, operations[0].tables))
            yield f"refuse to run on rows of {tables} unless the session allows contracts"
        elif statement.sql.startswith("DO ") and not isinstance(operations[0], TEMPLATES):
            # what it does where that is not done already
            yield "; ".join(op.sql() for op in operations)
        else:
            yield statement.sql


def _locks(found: Footprint) -> str:
    if not found.locks:
        return "no table lock"
    strongest: dict[str, LockMode] = {}
    for lock in found.locks:
        strongest[str(lock.table)] = max(lock.mode, strongest.get(str(lock.table), lock.mode))
    return ", ".join(f"{mode} on {table}" for table, mode in strongest.items())


def duration(step: Step, found: Footprint) -> str:
    """For how long the locks of *step* are held, and what that stops."""
    if step.kind is StepKind.BACKFILL:
        return "a batch at a time; nothing waits but writers of the same rows"
    strongest = max((lock.mode for lock in found.locks), default=LockMode.ACCESS_SHARE)
    length = _LENGTH[found.work]
    if found.work is Work.INSTANT and strongest.blocks_writes:
        return f"{length}, under a lock timeout"
    if strongest.blocks_reads:
        return f"{length}; reads and writes wait"
    if strongest.blocks_writes:
        return f"{length}; writes wait"
    return f"{length}; reads and writes go on"


def shortened(sql: str, *, characters: int = 100) -> str:
    """The first line of a statement, with a mark where more follows."""
    first, _, rest = sql.strip().partition("\n")
    if len(first) > characters:
        return first[: characters - 2].rstrip() + " …"
    return first + (" …" if rest.strip() else "")


def dangers_text(dangers: Sequence[Finding]) -> str:
    """What is dangerous in the phase it stands in; empty for a clean plan."""
    if not dangers:
        return ""
    lines = [f"This plan is not safe: {len(dangers)} of its operations are dangerous where they stand."]
    for finding in dangers:
        hazards = ", ".join(sorted(finding.hazards))
        lines.append(f"  {finding.phase}  {finding.path.name}:{finding.line}  {finding.rule}  {hazards}")
    lines.append("safemigrate lint says why; safemigrate split writes the safe form.")
    return "\n".join(lines) + "\n"


def timeline_json(
    timeline: Timeline, dangers: Sequence[Finding] = (), *, postgres: int | None = None
) -> dict[str, object]:
    """The timeline as a value for JSON, version 1."""
    return {
        "version": 1,
        "strategy": timeline.strategy.value,
        "before": timeline.before,
        "stages": [
            {
                "title": stage.title,
                "phase": stage.phase.value if stage.phase else None,
                "command": stage.command,
                "old_percent": stage.old_percent,
                "new_percent": stage.new_percent,
                "requires": list(stage.requires),
                "back": stage.back,
                "steps": [_step_json(step, postgres) for step in stage.steps],
            }
            for stage in timeline.stages
        ],
        "dangers": [
            {
                "rule": finding.rule,
                "hazards": sorted(finding.hazards),
                "phase": finding.phase.value,
                "revision": finding.revision,
                "line": finding.line,
            }
            for finding in dangers
        ],
    }


def _step_json(step: Step, postgres: int | None) -> dict[str, object]:
    found = step.footprint(postgres=postgres)
    return {
        "name": step.name,
        "revision": step.revision.id,
        "phase": step.phase.value,
        "kind": step.kind.value,
        "sql": [statement.sql for statement in step.statements],
        "locks": [{"table": str(lock.table), "mode": str(lock.mode)} for lock in found.locks],
        "work": found.work.value,
        "loses_data": bool(step.losses),
        "losses": [lost(placed.operation) for placed in step.losses],
    }
