"""UPDATEs that fill a column before it becomes NOT NULL: with the SET NOT NULL they are one change."""

from __future__ import annotations

import re

from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import Answer, Expression, Name, Schema
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import SetNotNull, Update


def filling_update(run: Run, table: Name, column: str, *, until: int) -> int | None:
    """The position, before *until*, of the one UPDATE that gives *column* a value where it is NULL.

    None where a trigger could not do the same to rows that are written later: the UPDATE leaves rows out or
    overwrites values, asks other rows, needs the column itself, or is one of several.
    """
    writers = [
        i
        for i, placed in enumerate(run.operations[:until])
        if isinstance(placed.operation, Update)
        and placed.before.same(placed.operation.table, table)
        and _writes(placed.operation, column)
    ]
    if len(writers) != 1:
        return None
    return writers[0] if _fills(run.operations[writers[0]], column) else None


def fills_for_not_null(run: Run, position: int) -> bool:
    """Whether the UPDATE at *position* belongs to a later SET NOT NULL of the revision that the old version feels."""
    for later, placed in enumerate(run.operations):
        op = placed.operation
        if later < position or not isinstance(op, SetNotNull) or not binds_old(run, later):
            continue
        if filling_update(run, op.table, op.column, until=later) == position:
            return True
    return False


def binds_old(run: Run, position: int) -> bool:
    """Whether the SET NOT NULL at *position* may refuse a write of the old version that was not refused before.

    A transaction is judged by its net change.
    """
    placed = run.operations[position]
    op, before = placed.operation, placed.before
    assert isinstance(op, SetNotNull)
    if before.is_new(op.table) or before.column(op.table, op.column).nullable is Answer.NO:
        return False
    together = _transaction(run, placed)
    start, end = together[0].before.column(op.table, op.column), together[-1].after.column(op.table, op.column)
    if start.nullable is Answer.NO or end.nullable is Answer.YES or forbade_null(run, op.table, op.column):
        return False
    if before.is_new_column(op.table, op.column):
        # the old version leaves out a column that it does not know
        return not end.has_default.certain
    return True


def _transaction(run: Run, placed: Placed) -> tuple[Placed, ...]:
    number = placed.statement.transaction
    return (placed,) if number is None else tuple(p for p in run.operations if p.statement.transaction == number)


def forbade_null(run: Run, table: Name, column: str) -> bool:
    """Whether a check of an earlier revision, validated or not, lets no version write NULL."""
    return run.operations[0].before.not_null_check(table, column) is not None


def _writes(update: Update, column: str) -> bool:
    # an UPDATE known by its text alone may write anything
    return not update.assignments or any(name == column for name, _ in update.assignments)


def _fills(placed: Placed, column: str) -> bool:
    update = placed.operation
    assert isinstance(update, Update)
    if update.text or placed.statement.parameters or len(update.assignments) != 1:
        return False
    expression = update.assignments[0][1]
    if column in expression.columns or expression.is_null_constant or not _of_the_row(expression):
        return False
    if update.where is None:
        return _empty(placed.before, update.table, column)
    return tests_null(update.where, update.table, column)


def _of_the_row(expression: Expression) -> bool:
    """Whether a trigger can compute the expression: it asks no other rows and spells no column with its schema."""
    text = expression.text
    return not re.search(r"\bselect\b", text, re.IGNORECASE) and not re.search(r'[\w"]\.("[^"]+"|\w+)\.[\w"]', text)


def _empty(before: Schema, table: Name, column: str) -> bool:
    """Whether every row is known to hold NULL: the revision made the column, without a default."""
    return before.is_new_column(table, column) and before.column(table, column).has_default is Answer.NO


def tests_null(where: Expression, table: Name, column: str) -> bool:
    """Whether *where* says ``column IS NULL`` and nothing else."""
    text = " ".join(where.text.split())
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    match = re.fullmatch(r"(.+) IS NULL", text, re.IGNORECASE)
    if match is None:
        return False
    columns = {quoted(column), _always_quoted(column)}
    tables = {"", *(f"{form}." for name in (table, Name(table.name)) for form in _spelled(name))}
    written = match[1].strip("() ")
    return written in {t + c for t in tables for c in columns} or (
        '"' not in written and written.lower() in {t + c for t in tables for c in columns}
    )


def _spelled(name: Name) -> set[str]:
    schema = f"{_always_quoted(name.schema)}." if name.schema else ""
    plain = f"{quoted(name.schema)}." if name.schema else ""
    return {plain + quoted(name.name), schema + _always_quoted(name.name), plain + _always_quoted(name.name)}


def _always_quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
