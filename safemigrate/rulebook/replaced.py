"""Columns that a revision adds, computes from others of the same row, and drops those: one takes another's place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from safemigrate.rulebook.filling import given_value, is_empty, tests_null
from safemigrate.rulebook.inverse import is_a_cast, tests_not_null
from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import Expression, Name, Type
from safemigrate.schema.operations import AddColumn, DropColumn, Operation, Query, Update
from safemigrate.sql import read_expression

# a query in an expression, and a column spelled with its schema: neither is of the row that a trigger sees
_BEYOND_THE_ROW = re.compile(r'\bSELECT\b|[\w"]\.("[^"]+"|\w+)\.[\w"]', re.IGNORECASE)

_CONSTANT = re.compile(r"'(?:[^']|'')*'")

_Kind = TypeVar("_Kind", AddColumn, DropColumn, Update)


@dataclass(frozen=True, slots=True)
class Replaced:
    """The columns *old* of *table* make way for *new*, which are computed from them.

    *up* are the expressions of the new columns; a column of which the statements do not say one is missing there.
    *adds*, *updates* and *drops* are the positions of the statements.
    """

    table: Name
    old: tuple[str, ...]
    new: tuple[str, ...]
    up: Mapping[str, Expression]
    adds: frozenset[int]
    updates: frozenset[int]
    drops: frozenset[int]


def replaced(run: Run, position: int) -> Replaced | None:
    """What takes the place of the column dropped at *position*, with all columns that belong to the same change.

    None where no new column of the table is computed from it.
    """
    drop = run.operations[position].operation
    assert isinstance(drop, DropColumn)
    drops = {
        op.column: i
        for i, op in _on(run, drop.table, DropColumn)
        if not run.operations[i].before.is_new_column(op.table, op.column)
    }
    if drop.column not in drops or run.operations[position].before.is_new(drop.table):
        return None
    adds = {op.column.name: i for i, op in _on(run, drop.table, AddColumn)}
    updates = [(i, op) for i, op in _on(run, drop.table, Update) if i < position]
    up, reads = {}, {}
    for column in adds:
        writers = [i for i, op in updates if i > adds[column] and _writes(op, column)]
        value = _value(run, adds[column], column, writers) or _looked_up(run, column, writers) if writers else None
        if value is not None:
            up[column] = value
        if writers:
            reads[column] = drops.keys() & (value.columns if value else _mentioned(run, position, drop.table, drops))
    old, new = _together(drop.column, reads)
    if not new:
        return None
    return Replaced(
        drop.table,
        tuple(column for column in drops if column in old),
        tuple(column for column in adds if column in new),
        {column: value for column, value in up.items() if column in new},
        frozenset(adds[column] for column in new),
        frozenset(i for i, op in updates if any(_writes(op, column) for column in new)),
        frozenset(drops[column] for column in old),
    )


def _on(run: Run, table: Name, kind: type[_Kind]) -> Iterator[tuple[int, _Kind]]:
    for i, placed in enumerate(run.operations):
        op = placed.operation
        if isinstance(op, kind) and placed.before.same(op.table, table):
            yield i, op


def _writes(update: Update, column: str) -> bool:
    # an UPDATE known by its text alone may write anything
    return not update.assignments or any(name == column for name, _ in update.assignments)


def _value(run: Run, added: int, column: str, writers: Sequence[int]) -> Expression | None:
    """What *column* holds once the UPDATEs at *writers* have run, as an expression over the row before them."""
    add = run.operations[added].operation
    assert isinstance(add, AddColumn)
    cases: list[str] = []
    otherwise = _typed(add.column.default, add.column.type) if add.column.default else "NULL"
    for i in writers:
        placed = run.operations[i]
        update = placed.operation
        assert isinstance(update, Update)
        value = next((expression for name, expression in update.assignments if name == column), None)
        # what another statement has filled already is left alone
        rest = update.where is not None and tests_null(update.where, update.table, column)
        where = None if rest else update.where
        if value is None or not _of_the_row(placed, update, value, *([where] if where else [])):
            return None
        empty = not cases and otherwise == "NULL"
        if where is not None and not (empty and _says_nothing(where, value, update.table)):
            cases.insert(0, f"WHEN {where.sql()} THEN {_typed(value, add.column.type)}")
            continue
        so_far = _cases(cases, otherwise)
        typed = _typed(value, add.column.type)
        otherwise = f"coalesce({so_far}, {typed})" if rest and so_far != "NULL" else typed
        cases.clear()
    return read_expression(_cases(cases, otherwise))


def _looked_up(run: Run, column: str, writers: Sequence[int]) -> Expression | None:
    """What the one UPDATE of *column* looks up in another table for each row, as an expression over the row."""
    if len(writers) != 1:
        return None
    placed = run.operations[writers[0]]
    update = placed.operation
    assert isinstance(update, Update)
    every_row = update.source or update.where is None or tests_null(update.where, update.table, column)
    empty = is_empty(placed.before, update.table, column)
    value = given_value(placed, column) if every_row and empty else None
    if value is None or any(placed.before.is_new_column(update.table, name) for name in value.columns):
        return None
    return value


def _says_nothing(where: Expression, value: Expression, table: Name) -> bool:
    """Whether the condition only leaves out rows in which the value would be NULL."""
    return len(value.columns) == 1 and all(
        tests_not_null(where.text, table, column) and is_a_cast(value.text, table, column) for column in value.columns
    )


def _typed(value: Expression, type_: Type | None) -> str:
    """The value as an assignment takes it: a constant in quotes is a text elsewhere."""
    return f"{value.sql()}::{type_.sql()}" if type_ is not None and _CONSTANT.fullmatch(value.text) else value.sql()


def _cases(cases: Sequence[str], otherwise: str) -> str:
    if not cases:
        return otherwise
    return f"CASE {' '.join(cases)}{'' if otherwise == 'NULL' else f' ELSE {otherwise}'} END"


def _of_the_row(placed: Placed, update: Update, *read: Expression) -> bool:
    """Whether a trigger can compute what *update* reads: from the row alone, as it was before the revision."""
    if update.text or update.source or update.alias or placed.statement.parameters:
        return False
    columns = frozenset[str]().union(*(expression.columns for expression in read))
    return not any(_BEYOND_THE_ROW.search(expression.text) for expression in read) and not any(
        placed.before.is_new_column(update.table, column) for column in columns
    )


def _mentioned(run: Run, until: int, table: Name, columns: Collection[str]) -> frozenset[str]:
    """The *columns* that the statements before *until* speak of, where Python computes what they write."""
    texts = [p.operation.sql() for p in run.operations[:until] if _reads_rows(p.operation, table)]
    return frozenset(column for column in columns if any(map(_word(column).search, texts)))


def _reads_rows(op: Operation, table: Name) -> bool:
    if isinstance(op, Query):
        return any(read.name == table.name for read in op.tables)
    return isinstance(op, Update) and op.table.name == table.name


def _word(column: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(column)}(?!\w)", re.IGNORECASE)


def _together(start: str, reads: Mapping[str, Collection[str]]) -> tuple[frozenset[str], frozenset[str]]:
    """The old and the new columns that hang together with the old column *start*."""
    old, new = {start}, set[str]()
    grown = True
    while grown:
        found = {column for column, sources in reads.items() if old & set(sources)} - new
        new |= found
        old |= {source for column in found for source in reads[column]}
        grown = bool(found)
    return frozenset(old), frozenset(new)
