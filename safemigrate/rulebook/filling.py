"""UPDATEs that fill a column before it becomes NOT NULL: with the SET NOT NULL they are one change."""

from __future__ import annotations

import re

from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import Answer, Expression, Name, Schema
from safemigrate.schema.name import quoted, says
from safemigrate.schema.operations import Query, SetNotNull, Update
from safemigrate.sql import read, read_expression

# where a name may be part of a text, or mean another row
_MAY_HIDE = re.compile(r"'|\$|\bSELECT\b", re.IGNORECASE)
_ASKS = re.compile(r"\bSELECT\b", re.IGNORECASE)


def filling_update(run: Run, table: Name, column: str, *, until: int) -> int | None:
    """The position, before *until*, of the one UPDATE that gives *column* a value where it is NULL.

    None where a trigger could not do the same to rows that are written later: the UPDATE leaves rows out or
    overwrites values, asks other rows of its own table, needs the column itself, or is one of several.
    """
    writers = [
        i
        for i, placed in enumerate(run.operations[:until])
        if isinstance(placed.operation, Update)
        and placed.before.same(placed.operation.table, table)
        and writes(placed.operation, column)
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


def writes(update: Update, column: str) -> bool:
    """Whether the UPDATE may write *column*: one known by its text alone may write anything."""
    return not update.assignments or any(name == column for name, _ in update.assignments)


def filling_value(placed: Placed) -> Expression | None:
    """What an UPDATE of one column gives it, as given_value() says."""
    update = placed.operation
    assert isinstance(update, Update)
    return given_value(placed, update.assignments[0][0]) if len(update.assignments) == 1 else None


def given_value(placed: Placed, column: str) -> Expression | None:
    """What an UPDATE gives *column*, as an expression over the row alone; None where it is none.

    A row of another table is looked up as UPDATE … FROM does: of several that match, PostgreSQL takes any.
    """
    update = placed.operation
    assert isinstance(update, Update)
    assigned = next((value for name, value in update.assignments if name == column), None)
    if placed.statement.parameters or assigned is None:
        return None
    value = _looked_up(update, assigned) if update.source else assigned
    if value is None or value.is_null_constant or (update.text and not update.source):
        return None
    # a column spelled with its schema is none of the row that a trigger sees
    if re.search(r'[\w"]\.("[^"]+"|\w+)\.[\w"]', value.text):
        return None
    return value if not _ASKS.search(value.text) or _asks_others(value, placed) else None


def _looked_up(update: Update, value: Expression) -> Expression | None:
    if update.where is None:
        return None
    asked, source, where = value.text, update.source, update.where.text
    hidden = any(_MAY_HIDE.search(text) for text in (asked, source, where)) or says(source, update.table.name)
    if update.alias and not hidden:
        asked, where = (_called(text, update) for text in (asked, where))
    elif update.alias:
        source = f"(SELECT {update.table.sql()}.*) AS {quoted(update.alias)}, {source}"
    return read_expression(f"(SELECT {asked} FROM {source} WHERE {where} LIMIT 1)")


def _called(text: str, update: Update) -> str:
    """*text* with the row under the name of its table, where the UPDATE calls it otherwise."""
    alias = re.escape(quoted(update.alias))
    return re.sub(rf'(?<![\w."]){alias}\.(?=[\w"])', lambda _: f"{quoted(update.table.name)}.", text)


def _asks_others(value: Expression, placed: Placed) -> bool:
    """Whether the queries in *value* read other tables only, which show every row to whoever reads them, and which
    each role that may write the rows may read: a trigger looks up as the role that writes."""
    update, before = placed.operation, placed.before
    assert isinstance(update, Update)
    (query,) = read(f"SELECT {value.text}")
    if not isinstance(query, Query):
        return False
    secured = (table is not None and table.row_security for table in map(before.table, query.tables))
    hidden = (_kept_from_writers(before, update.table, table) for table in query.tables)
    return not any(before.same(table, update.table) for table in query.tables) and not any((*secured, *hidden))


def _kept_from_writers(before: Schema, written: Name, read: Name) -> bool:
    """Whether the history grants some role to write *written*, and not to read all of *read*."""
    table, other = before.table(written), before.table(read)
    if table is None or other is None:
        return False
    granted = (*table.grants, *(each for column in table.columns.values() for each in column.grants))
    readers = {each.role for each in other.grants if each.privilege == "SELECT"}
    writers = {each.role for each in granted if each.privilege in ("INSERT", "UPDATE")}
    return "public" not in readers and not writers <= readers


def _fills(placed: Placed, column: str) -> bool:
    update, value = placed.operation, filling_value(placed)
    assert isinstance(update, Update)
    if value is None or (column in value.columns and not _ASKS.search(value.text)):
        return False
    if update.where is None or update.source:
        return is_empty(placed.before, update.table, column)
    return tests_null(update.where, update.table, column)


def is_empty(before: Schema, table: Name, column: str) -> bool:
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
