"""A verification for people: states by versions, what failed and after which step, and what it comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from safemigrate.report.text import Line, Style, clean, counted, line, relative
from safemigrate.verify.matrix import NEW, OLD, Cell, Matrix, Role, Stop, Verdict
from safemigrate.verify.outcome import Failure, Note
from safemigrate.verify.state import Stage, State

#: a statement of more characters than these is shown shortened
SHOWN_CHARACTERS = 160
#: statements that fail for one reason are named up to this many
SHOWN_STATEMENTS = 6

_COUNTS = re.compile(r"\d+ of \d+ rows")
_COLUMN = re.compile(r'column (?:"?\w+"?\.)*"?(\w+)"?')
#: the class of SQLSTATE of a value that a cast or a function does not take
_DATA_EXCEPTION = "22"


def matrix_text(matrix: Matrix, *, root: Path) -> Iterator[Line]:
    """The table, each failure once, what could not be verified, and the verdict. Paths are shown from *root*."""
    yield _heading(matrix)
    yield line()
    yield from _table(matrix)
    yield from _failures(matrix, root)
    yield from _unproven(matrix)
    yield from _surprises(matrix)
    yield line()
    yield from _sentences(matrix, root)


def _heading(matrix: Matrix) -> Line:
    versions = matrix.versions
    old = f"old {versions.old} ({versions.old_revision or 'base'})"
    new = f"new {versions.new} ({versions.new_revision or 'base'})"
    sent = f"{matrix.statements.get(OLD, 0)} and {matrix.statements.get(NEW, 0)} statements"
    return line((clean(f"{old}, {new}"), Style.BOLD), f": {sent} on PostgreSQL {matrix.postgres}")


# -- the table -----------------------------------------------------------------------------------------------


def _table(matrix: Matrix) -> Iterator[Line]:
    rows = [("state", "phase", "after", OLD, NEW)]
    styles: list[tuple[Style, Style]] = [(Style.BOLD, Style.BOLD)]
    opening = next((state for state in matrix.states if state.stage is Stage.OPEN), None)
    for state in matrix.states:
        cells = [_cell(matrix.cell(state, version), opening) for version in (OLD, NEW)]
        rows.append((state.name, str(state.phase or ""), clean(_after(state)), cells[0][0], cells[1][0]))
        styles.append((cells[0][1], cells[1][1]))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row, style in zip(rows, styles, strict=True):
        padded = [text.ljust(width + 2) for text, width in zip(row, widths, strict=True)]
        yield line("".join(padded[:3]), (padded[3], style[0]), (padded[4], style[1]))


def _after(state: State) -> str:
    if not state.step:
        return "before the release"
    half = "half of " if state.half else ""
    return f"{half}{state.step}" + (f"  {state.title}" if state.title else "")


def _cell(cell: Cell | None, opening: State | None) -> tuple[str, Style]:
    if cell is None or cell.verdict is Verdict.NOT_VERIFIED:
        return "? not-verified", Style.WARNING
    if cell.verdict is Verdict.PASS:
        return "✓ pass", Style.GOOD if cell.role is Role.REQUIRED else Style.DIM
    if cell.role is Role.REQUIRED:
        return "✗ fail", Style.ERROR
    if cell.role is Role.ROLLBACK:
        return "■ blocked", Style.DIM
    return f"· needs {opening.name}" if opening else "· too early", Style.DIM


# -- what failed ---------------------------------------------------------------------------------------------


def _failures(matrix: Matrix, root: Path) -> Iterator[Line]:
    """The failures of required cells, each under the first state that has it."""
    told: set[tuple[str, str, str, str]] = set()
    for cell in matrix.required:
        groups = [(_reason(cell.version, each), each) for each in cell.failures]
        fresh = [(reason, each) for reason, each in groups if reason not in told]
        if fresh:
            yield line()
            yield _place(cell, root)
            for _, members in groupby(sorted(fresh, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
                yield from _failure([each for _, each in members])
        if len(fresh) < len(groups) and fresh:
            yield line((f"  and what failed before: {counted(len(groups) - len(fresh), 'statement')}", Style.DIM))
        told |= {reason for reason, _ in groups}
    if matrix.stop is not None:
        yield line()
        yield line(
            (f"REFUSED  {matrix.stop.state.step}", Style.ERROR),
            f" ({_where(matrix.stop.state, root)}): ",
            clean(str(matrix.stop.refusal)),
        )


def _reason(version: str, failure: Failure) -> tuple[str, str, str, str]:
    """What makes two failures one to a reader: the entity, the code and the column they speak of."""
    column = _COLUMN.search(failure.message)
    # each state adds rows of its own
    what = column[1] if column and failure.sqlstate else _COUNTS.sub("rows", failure.message)
    return version, failure.subject.entity, failure.sqlstate, what


def _place(cell: Cell, root: Path) -> Line:
    after = f" after {cell.state.step} ({_where(cell.state, root)})" if cell.state.step else " before the release"
    half = " half done" if cell.state.half else ""
    return line(("FAIL", Style.ERROR), f"  {cell.version} on {cell.state.name},", f"{after}{half}")


def _where(state: State, root: Path) -> str:
    return f"{relative(state.path, root)}:{state.line}" if state.path else ""


def _failure(members: Sequence[Failure]) -> Iterator[Line]:
    first, *rest = members
    yield line("  ", (clean(str(first.subject)), Style.BOLD), "  ", clean(str(first)))
    if first.sql:
        yield line((f"    {_shortened(clean(first.sql))}", Style.DIM))
    if rest:
        others = list(dict.fromkeys(f"{each.subject.kind} {each.subject.about}".strip() for each in rest))
        more = f" and {len(others) - SHOWN_STATEMENTS} more" if len(others) > SHOWN_STATEMENTS else ""
        yield line((f"    as do: {clean(', '.join(others[:SHOWN_STATEMENTS]))}{more}", Style.DIM))


def _unproven(matrix: Matrix) -> Iterator[Line]:
    """Why required cells that do not fail are not verified, each reason once."""
    told: set[Note] = set()
    for cell in matrix.required:
        if cell.verdict is not Verdict.NOT_VERIFIED:
            continue
        notes = [note for note in cell.unproven if note not in told]
        told |= set(notes)
        if notes:
            yield line()
            yield line(("NOT VERIFIED", Style.WARNING), f"  {cell.version} on {cell.state.name}")
            yield from (line(f"  {_note(note)}") for note in notes)


def _surprises(matrix: Matrix) -> Iterator[Line]:
    told: set[tuple[str, Note]] = set()
    for cell in matrix.required:
        for note in cell.surprises:
            if (cell.version, note) not in told:
                told.add((cell.version, note))
                yield line()
                yield line(
                    ("SURPRISE", Style.WARNING), f"  {cell.version} on {cell.state.name}: {clean(note.message)}"
                )


def _note(note: Note) -> str:
    subject = str(note.subject)
    return clean(f"{subject}: {note.message}" if note.subject.entity else note.message)


def _shortened(sql: str) -> str:
    return sql if len(sql) <= SHOWN_CHARACTERS else sql[: SHOWN_CHARACTERS - 2] + " …"


# -- what it comes to ----------------------------------------------------------------------------------------


def _sentences(matrix: Matrix, root: Path) -> Iterator[Line]:
    required = matrix.required
    failed = [cell for cell in required if cell.verdict is Verdict.FAIL]
    if matrix.verdict is Verdict.FAIL:
        yield line(("Fail", Style.ERROR), f": {clean(_failed(matrix, failed))}")
    elif matrix.verdict is Verdict.NOT_VERIFIED:
        open_cells = [cell for cell in required if cell.verdict is Verdict.NOT_VERIFIED]
        count = f"{len(open_cells)} of {counted(len(required), 'required cell')}"
        yield line(("Not proven", Style.WARNING), f": {count} could not be verified.")
    else:
        yield line(("Pass", Style.GOOD), f": all {counted(len(required), 'required cell')} pass.")
    if not matrix.phased:
        yield line(
            "No revision of this release names a phase, so all of it runs while the old version does; "
            "safemigrate split writes the phases."
        )
    if rollback := _rollback(matrix):
        yield line(clean(rollback))


def _failed(matrix: Matrix, failed: Sequence[Cell]) -> str:
    if not failed:
        return _refused(matrix.stop) if matrix.stop else ""
    first = failed[0]
    after = f"once {first.state.step} has run" if first.state.step else "on the schema before the release"
    count = f"{len(failed)} of {counted(len(matrix.required), 'required cell')} fail"
    return f"the {first.version} version does not run {after} ({first.failures[0]}); {count}."


def _refused(stop: Stop) -> str:
    said = f"{stop.state.step} is refused on rows that the versions wrote."
    if not stop.refusal.sqlstate.startswith(_DATA_EXCEPTION):
        return said
    return (
        f"{said} verify makes their values up: where the application writes none like it, say with WHERE in the "
        "authored revision which rows its UPDATE fills, and split it again."
    )


def _rollback(matrix: Matrix) -> str:
    blocked = matrix.blocked
    if blocked is not None:
        return (
            f"Rollback: the old version does not run once {blocked.state.step} has run "
            f"({blocked.failures[0]}); from there on, roll forward."
        )
    closing = [cell for cell in matrix.cells if cell.role is Role.ROLLBACK]
    if closing and all(cell.verdict is Verdict.PASS for cell in closing):
        return "Rollback: the old version runs on every state, those of contract included."
    return ""
