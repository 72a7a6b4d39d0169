"""Findings for people: one sentence of danger, then the exact safe form in the author's own names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from safemigrate.history.statement import Direction, Phase
from safemigrate.lint.result import LintResult
from safemigrate.report.text import Line, Linked, Style, clean, counted, line, relative
from safemigrate.rulebook.finding import Finding, Fix, Origin
from safemigrate.rulebook.hazard import Hazard, Severity, needs_approval
from safemigrate.schema.locks import Lock, Work
from safemigrate.schema.name import Name, quoted

#: a statement of more lines or characters than these is shown shortened
SHOWN_LINES = 6
SHOWN_CHARACTERS = 160
#: lines of the file that an excerpt has above and below the finding's
AROUND = 2

_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING, Severity.ADVICE: Style.ADVICE}
_NOT_COUNTED = {Origin.COMMENT: "allowed", Origin.BASELINE: "in the baseline"}
_WORK = {
    Work.ROWS: "while it writes rows",
    Work.SCAN: "while it scans the table",
    Work.INDEX_BUILD: "while it builds an index",
    Work.REWRITE: "while it rewrites the table",
}


def findings_text(
    result: LintResult, *, root: Path, sources: Mapping[Path, Sequence[str]] | None = None
) -> Iterator[Line]:
    """Every open finding, a line that sums them up and one of what no rule judges. Paths are shown from *root*.

    *sources* are the lines of files; where they are given, those around each finding are shown.
    """
    shown = None
    for finding in result.open:
        place = finding.path, finding.line
        # several findings at one line need it once
        source = (sources or {}).get(finding.path, ()) if place != shown else ()
        yield from finding_text(finding, root=root, source=source)
        yield line()
        shown = place
    yield summary(result)
    if result.unjudged:
        told = ", ".join(f"{clean(words)} ({number})" for words, number in Counter(result.unjudged).most_common())
        yield line((f"no rule judges these yet: {told}; read them yourself", Style.WARNING))


def finding_text(finding: Finding, *, root: Path, source: Sequence[str] = ()) -> Iterator[Line]:
    """One finding: where, what, why, and what to write instead. *source* are the lines of its file."""
    yield _heading(finding, root)
    yield from _excerpt(finding, source)
    locks = _locks(finding)
    for number, text in enumerate(shortened_lines(finding.statement)):
        yield line(f"  {text}", (f"        ({locks})" if locks and number == 0 else "", Style.DIM))
    yield from (line(f"  {text}") for text in _sentences(finding.message))
    if finding.fix:
        yield line("  Instead:")
        yield from (line("    ", (f"{label:<10}", Style.BOLD), text) for label, text in instead(finding))
    if finding.refusal:
        yield line(f"  It is not split for you: {clean(finding.refusal)}")
    if _needs_contract(finding):
        phase = 'safemigrate_phase = "contract"'
        place = f"in the revision: {phase}" if finding.revision else f"in the file: -- {phase}"
        yield line(f"  If no running version uses it any more, say so {place}")
    if needs_approval(finding.hazards, finding.phase) and finding.direction is Direction.UPGRADE:
        yield line("  safemigrate apply asks for --accept loses-data if rows lose anything by it.")
    if any(map(_is_long, _statements(finding))):
        yield line(("  Statements are shortened here; --format json has them whole.", Style.DIM))
    if commands := _commands(finding):
        yield line((f"  {commands}", Style.DIM))


def summary(result: LintResult) -> Line:
    """``3 errors, 1 warning in 3 of 6 revisions (14 statements)``."""
    if not result.revisions:
        chosen = f"none {result.scope}" if result.scope else "none is among the files named"
        why = chosen if result.total else "the history holds none"
        return line(f"{result.revisions} of {counted(result.total, result.unit)} checked: {clean(why)}")
    seen = counted(result.statements, "statement")
    counts = [(severity, result.count(severity)) for severity in reversed(Severity)]
    origins = Counter(finding.suppressed.origin for finding in result.findings if finding.suppressed)
    notes = [f"{counted(number, 'finding')} {_NOT_COUNTED[origin]}" for origin, number in sorted(origins.items())]
    notes += [f"{counted(result.unreadable, 'statement')} unreadable"] * bool(result.unreadable)
    rest = f" ({', '.join([seen, *notes])}{', ' + clean(result.scope) if result.scope else ''})"
    if not result.open:
        return line(("no findings", Style.GOOD), f" in {counted(result.revisions, result.unit)}{rest}")
    places = len({finding.path for finding in result.open})
    told: list[str | tuple[str, Style]] = []
    for severity, number in counts:
        if number:
            told += [", " if told else "", (_number(number, severity), _STYLES[severity])]
    return line(*told, f" in {places} of {counted(result.revisions, result.unit)}{rest}")


def _number(number: int, severity: Severity) -> str:
    # advice has no plural
    return f"{number} advice" if severity is Severity.ADVICE else counted(number, severity.value)


def _heading(finding: Finding, root: Path) -> Line:
    quieter = f"  ({finding.severity})" if finding.severity is not Severity.ERROR else ""
    hazards = ", ".join(sorted(finding.hazards - {Hazard.ADVICE}))
    shown, link = _file(finding.path, root)
    place = clean(f"{shown}:{finding.line}").replace("\n", " ")
    return line(
        (Linked(place, link), Style.BOLD),
        "  ",
        (finding.rule, _STYLES[finding.severity]),
        f"  {hazards}" if hazards else "",
        "  in downgrade()" if finding.direction is Direction.DOWNGRADE else "",
        (quieter, _STYLES[finding.severity]),
    )


@lru_cache(maxsize=1024)
def _file(path: Path, root: Path) -> tuple[str, str]:
    """How a file is told, and the link to it; many findings stand in one."""
    return relative(path, root), path.absolute().as_uri()


def _excerpt(finding: Finding, source: Sequence[str]) -> Iterator[Line]:
    """The line of the finding and those around it, with their numbers."""
    if not 0 < finding.line <= len(source):
        return
    first, last = max(1, finding.line - AROUND), min(len(source), finding.line + AROUND)
    for number in range(first, last + 1):
        text = clean(source[number - 1].expandtabs(4)).rstrip()
        text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} …"
        here = number == finding.line
        yield line(
            (
                f"  {'▸' if here else ' '} {number:>{len(str(last))}} │ ",
                _STYLES[finding.severity] if here else Style.DIM,
            ),
            (text, Style.BOLD if here else Style.DIM),
        )


def instead(finding: Finding) -> Iterator[tuple[str, str]]:
    """The phases below each other, each with its label on its first line; the deployment stands before contract."""
    before = [fix for fix in finding.fix if fix.phase is not Phase.CONTRACT]
    behind = [fix for fix in finding.fix if fix.phase is Phase.CONTRACT]
    for fix in before:
        yield from _phase(fix)
    if finding.deploy:
        yield "deploy", clean(finding.deploy)
    for fix in behind:
        yield from _phase(fix)


def _phase(fix: Fix) -> Iterator[tuple[str, str]]:
    label = fix.phase.value
    for sql in fix.sql:
        shown = shortened_lines(sql)
        for text in shown[:-1]:
            yield label, text
            label = ""
        yield label, shown[-1] if shown[-1].endswith("…") else f"{shown[-1]};"
        label = ""


def _statements(finding: Finding) -> Iterator[str]:
    yield finding.statement
    yield from (sql for fix in finding.fix for sql in fix.sql)


def shortened_lines(sql: str) -> list[str]:
    """The lines of *sql*, or where it is long the first of them and an ellipsis."""
    lines = _lines(sql)
    if len(lines) > SHOWN_LINES:
        lines = (f"{lines[0]} …",)
    return [text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS].rstrip()} …" for text in lines]


def _is_long(sql: str) -> bool:
    lines = _lines(sql)
    return len(lines) > SHOWN_LINES or any(len(text) > SHOWN_CHARACTERS for text in lines)


@lru_cache(maxsize=4096)
def _lines(sql: str) -> tuple[str, ...]:
    return tuple(text.rstrip() for text in clean(sql).expandtabs(4).splitlines() if text.strip())


def _locks(finding: Finding) -> str:
    """``ACCESS EXCLUSIVE on users, teams while it scans the table``."""
    by_mode = groupby(finding.locks, key=lambda lock: lock.mode)
    held = ", ".join(f"{mode} on {', '.join(_tables(tuple(locks)))}" for mode, locks in by_mode)
    work = _WORK.get(finding.work, "")
    return clean(f"{held} {work}" if held and work else held)


def _tables(locks: Sequence[Lock]) -> Iterator[str]:
    for lock in locks:
        name = lock.table
        # the schema that every name means where none is written only makes it longer
        shown = (Name(name.name) if name.schema == "public" else name).sql()
        yield f"the index {quoted(lock.index)} of {shown}" if lock.index else shown


def _sentences(message: str) -> list[str]:
    return [text.strip() for text in clean(message).splitlines() if text.strip()]


def _needs_contract(finding: Finding) -> bool:
    return Hazard.BREAKS_OLD in finding.hazards and finding.phase is not Phase.CONTRACT


def _commands(finding: Finding) -> str:
    commands = []
    if finding.fix and finding.revision:
        commands.append(f"safemigrate split {finding.revision} --write writes these revisions.")
    if finding.statement:
        commands.append(f"safemigrate explain {finding.rule} says why.")
    return "  ".join(commands)
