"""UPDATEs that a contract runs once more, on the rows that the old version left NULL after they ran."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook.backfills import STANDS_BEFORE, written_again
from safemigrate.rulebook.filling import tests_null, writes
from safemigrate.rulebook.moving import moved
from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import Name
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import Update
from safemigrate.sql import read_expression

_NESTS = re.compile(r"\b(OR|CASE|SELECT)\b|\bNOT\s*\(", re.IGNORECASE)
_AND = re.compile(r"\bAND\b", re.IGNORECASE)


def refilled(run: Run, table: Name, column: str, *, until: int) -> tuple[Update, ...] | None:
    """What gives a row that holds NULL in *column* the value that the UPDATEs before *until* would have given it.

    Empty where none of them writes the column, None where one cannot be repeated. Each result takes the rows that
    are still NULL, so the first that reaches a row decides: an UPDATE that overwrites stands before those that it
    follows in the revision, one that asks for NULL itself behind them.
    """
    found = list(_writers(run, table, column, until))
    if found and not all(isinstance(p.operation, STANDS_BEFORE) for p in run.operations[found[0] : until]):
        return None
    order: list[Update] = []
    for position in found:
        update = _alone(run, position, column)
        if update is None:
            return None
        if update.assignments[0][1].is_null_constant:
            continue
        if update.where is not None and _asks_null(update.where.text, table, column):
            order.append(update)
        elif order and mentions(update, column):
            return None
        else:
            order.insert(0, update)
    return tuple(_held(update, column) for update in order)


def _writers(run: Run, table: Name, column: str, until: int) -> Iterator[int]:
    for position, placed in enumerate(run.operations[:until]):
        op = placed.operation
        if isinstance(op, Update) and placed.before.same(op.table, table) and writes(op, column):
            yield position


def _alone(run: Run, position: int, column: str) -> Update | None:
    """The UPDATE with its assignment to *column* only; None where that is not all that the row's value hangs on."""
    placed = run.operations[position]
    update = written_again(placed)
    if update is None or moved(run, position) is not None:
        return None
    assigned = tuple(pair for pair in update.assignments if pair[0] == column)
    alone = Update(update.table, assigned, update.where)
    # what another UPDATE of the revision wrote is not in the rows that came later
    others = _written_beside(run, placed, column)
    return None if any(mentions(alone, other) for other in others) else alone


def _written_beside(run: Run, placed: Placed, column: str) -> frozenset[str]:
    update = placed.operation
    assert isinstance(update, Update)
    return frozenset(
        name
        for other in run.operations
        if isinstance(other.operation, Update) and other.before.same(other.operation.table, update.table)
        for name, _ in other.operation.assignments
    ) - {column}


def mentions(update: Update, column: str) -> bool:
    """Whether the values or the condition name the column; one name too many is on the safe side."""
    texts = [value.text for _, value in update.assignments] + ([update.where.text] if update.where else [])
    return any(re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text, re.IGNORECASE) for text in texts)


def _asks_null(where: str, table: Name, column: str) -> bool:
    """Whether the condition is certainly false for a row with a value in *column*."""
    parts = [where] if _NESTS.search(where) else _AND.split(where)
    return any(tests_null(read_expression(part), table, column) for part in map(str.strip, parts) if part)


def _held(update: Update, column: str) -> Update:
    """The UPDATE on rows that hold NULL in *column*."""
    empty = f"{quoted(column)} IS NULL"
    if update.where is None or tests_null(update.where, update.table, column):
        return Update(update.table, update.assignments, read_expression(empty))
    return Update(update.table, update.assignments, read_expression(f"({update.where.text}) AND {empty}"))
