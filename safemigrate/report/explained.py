"""What a revision does, for people and as JSON: per statement its locks, whom they stop, its work and its phase."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from safemigrate.history.statement import Phase
from safemigrate.lint.account import CONFLICTS, Account, Held, Step
from safemigrate.lint.fingerprints import fingerprints
from safemigrate.redact import redact
from safemigrate.report.findings import instead, shortened_lines
from safemigrate.report.findings_json import finding_json
from safemigrate.report.text import Line, Linked, Style, clean, counted, line, relative
from safemigrate.rulebook.finding import Finding
from safemigrate.rulebook.hazard import Severity
from safemigrate.schema.locks import LockMode, Work
from safemigrate.schema.name import Name, quoted

VERSION = 1

_WORK = {
    Work.INSTANT: "instant: it changes the catalogue only",
    Work.ROWS: "as long as the rows take that it reads or writes",
    Work.SCAN: "a scan: it reads every row of the table",
    Work.INDEX_BUILD: "an index build: it reads every row and sorts",
    Work.REWRITE: "a rewrite: it writes the whole table and its indexes anew",
    Work.UNKNOWN: "unknown",
}
_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING, Severity.ADVICE: Style.ADVICE}
_WIDTH = 9


def explained_text(accounts: Sequence[Account], *, root: Path) -> Iterator[Line]:
    """Each revision with its statements. Paths are shown from *root*."""
    for number, account in enumerate(accounts):
        if number:
            yield line()
        yield from _heading(account, root)
        if not account.steps:
            yield line("  It runs no statement.")
        for position, step in enumerate(account.steps, start=1):
            yield line()
            yield from _step(account, step, position, root)


def _heading(account: Account, root: Path) -> Iterator[Line]:
    revision = account.revision
    title = clean(revision.title) if revision.title else ""
    place = clean(relative(revision.path, root))
    name = clean(revision.id) or place
    yield line((name, Style.BOLD), f"  {title}" if title else "")
    if revision.id:
        yield line("  ", Linked(place, revision.path.absolute().as_uri()))
    named = f'its safemigrate_phase is "{account.phase}"' if revision.phase else "it names no phase"
    yield line(f"  judged as {account.phase}: {named}")


def _step(account: Account, step: Step, position: int, root: Path) -> Iterator[Line]:
    place = f"{clean(relative(step.statement.path, root))}:{step.statement.line}"
    number = step.statement.transaction
    where = "commits by itself" if number is None else f"in transaction {number + 1}"
    yield line((f"{position}. ", Style.BOLD), Linked(place, step.statement.path.absolute().as_uri()), f"  {where}")
    for text in shortened_lines(step.statement.sql) or ["(what stands here could not be read)"]:
        yield line(f"   {text}")
    for label, pieces in _facts(account, step):
        yield line((f"     {label:<{_WIDTH}}", Style.DIM), *pieces)


def _facts(account: Account, step: Step) -> Iterator[tuple[str, Line]]:
    yield from _below(
        "locks", [_lock(held) for held in step.locks] or [line("none on a table" if step.readable else "unknown")]
    )
    if step.locks and step.behind:
        yield (
            "",
            line(
                (f"held through {counted(step.behind, 'more statement')}, to the end of the transaction", Style.DIM)
            ),
        )
    yield "work", line(_WORK[step.work])
    yield from _below("hazards", [_hazard(finding) for finding in step.findings] or [line(("none", Style.GOOD))])
    yield "phase", line(_phase(account, step))
    for finding in step.findings:
        if finding.fix:
            yield from _below("instead", [line(f"{label:<8}  {text}") for label, text in instead(finding)])
        if finding.refusal:
            yield "instead", line(clean(finding.refusal))


def _below(label: str, lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """The lines below each other, the first with its label."""
    for number, each in enumerate(lines):
        yield ("" if number else label), each


def _lock(held: Held) -> Line:
    style = Style.ERROR if held.blocks_reads else Style.WARNING if held.blocks_writes else Style.PLAIN
    table = held.lock.table
    shown = (Name(table.name) if table.schema == "public" else table).sql()
    where = f"the index {quoted(held.lock.index)} of {shown}" if held.lock.index else shown
    return line((str(held.lock.mode), style), f" on {clean(where)}: {_stops(held)}")


def _stops(held: Held) -> str:
    """Whom a lock stops, and by which conflict."""
    mode = held.lock.mode
    if held.new:
        return "nobody else sees the table yet, since this revision makes it"
    if held.blocks_reads:
        return "reads and writes wait; it conflicts with every lock, ACCESS SHARE of a SELECT among them"
    if held.blocks_writes:
        return "writes wait, reads go on; it conflicts with ROW EXCLUSIVE of INSERT, UPDATE and DELETE"
    if mode is LockMode.ROW_EXCLUSIVE:
        return "reads and writes go on, but for writes of the same rows; changes of the table wait"
    if LockMode.SHARE_UPDATE_EXCLUSIVE in CONFLICTS[mode]:
        return "reads and writes go on; VACUUM, ANALYZE and other changes of the table wait"
    return "reads and writes go on; only changes of the table wait"


def _hazard(finding: Finding) -> Line:
    hazards = ", ".join(sorted(finding.hazards))
    allowed = f"  allowed: {clean(finding.suppressed.reason)}" if finding.suppressed else ""
    sentence = clean(finding.message).splitlines()[0] if finding.message.strip() else ""
    return line(
        (hazards, Style.PLAIN if finding.suppressed else _STYLES[finding.severity]),
        f"  {finding.rule}: {sentence}",
        (allowed, Style.DIM),
    )


def _phase(account: Account, step: Step) -> str:
    if step.suggested_phase is Phase.CONTRACT:
        return "contract, once no process of the old version runs"
    if not step.readable:
        return f"unknown; it is judged as {account.phase}"
    return str(account.phase)


# -- JSON ----------------------------------------------------------------------------------------------------


def explained_json(accounts: Sequence[Account], *, root: Path) -> str:
    """The accounts as one document, whose shape ``schemas/explain.json`` promises."""
    document = {"version": VERSION, "revisions": [_revision(account, root) for account in accounts]}
    return json.dumps(document, indent=2) + "\n"


def schema_path() -> Path:
    """Where the JSON Schema of explained_json() lies."""
    return Path(__file__).parent / "schemas" / "explain.json"


def _revision(account: Account, root: Path) -> dict[str, object]:
    revision = account.revision
    return {
        "revision": revision.id,
        "title": revision.title,
        "path": relative(revision.path, root),
        "phase": account.phase.value,
        "names_phase": revision.phase is not None,
        "statements": [_statement(account, step, root) for step in account.steps],
    }


def _statement(account: Account, step: Step, root: Path) -> dict[str, object]:
    marks = fingerprints(step.findings, root=root)
    return {
        "path": relative(step.statement.path, root),
        "line": step.statement.line,
        "column": step.statement.column,
        "sql": redact(step.statement.sql),
        "transaction": step.statement.transaction,
        "readable": step.readable,
        "locks": [_lock_json(held) for held in step.locks],
        "held_through": step.behind,
        "work": step.work.value,
        "hazards": sorted(step.hazards),
        "phase": (step.suggested_phase or account.phase).value,
        "findings": [finding_json(each, mark, root=root) for each, mark in zip(step.findings, marks, strict=True)],
    }


def _lock_json(held: Held) -> dict[str, object]:
    return {
        "table": held.lock.table.sql(),
        "mode": str(held.lock.mode),
        "new_table": held.new,
        "blocks": ["reads"] * held.blocks_reads + ["writes"] * held.blocks_writes,
        "conflicts": [str(mode) for mode in sorted(CONFLICTS[held.lock.mode])],
    }
