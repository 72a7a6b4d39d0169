"""What a revision carries from a column or table to another place before it drops that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from safemigrate.rulebook.replaced import replaced
from safemigrate.rulebook.site import Placed, Refusal, Run
from safemigrate.schema import Name, Operation
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    CreateTable,
    DropColumn,
    DropTable,
    Insert,
    Merge,
    MoveTable,
    Query,
    RenameTable,
    Update,
)

_OTHER_ROWS = re.compile(r"\b(SELECT|FROM|USING)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Move:
    """A statement takes values to *target*, and the revision drops *source*, a column or a table, afterwards."""

    source: str
    table: Name
    target: Name

    def refusal(self) -> Refusal:
        """Why no split keeps both versions right, and the way over two releases that does."""
        return Refusal(
            f"What the old version writes to {self.source} after this is not in {self.target}, and is dropped with "
            f"{self.source}.",
            f"Release twice: first {self.target}, a trigger on {self.table} that carries each write on to it, and "
            f"this copy, with a version that reads {self.target} and still writes {self.source}; then a version that "
            f"writes {self.target}, with the DROP of the trigger and of {self.source}.",
        )


def moved(run: Run, position: int) -> Move | None:
    """What the statement at *position* carries away from a column or table that the revision drops later.

    None where it reads no such thing; or computes a column from others of its own row, where one trigger can keep
    both. A query counts where something is written before the drop: in Python, one reads and then writes.
    """
    placed = run.operations[position]
    text, target = _reading(placed), _target(run, position)
    if not text or target is None:
        return None
    for later in range(position + 1, len(run.operations)):
        found = _dropped(run, later)
        if found is not None and _speaks_of(text, found) and not _takes_its_place(run, position, later):
            table, column = found
            source = f"{table}.{quoted(column)}" if column else str(table)
            return Move(source, table, target)
    return None


def _reading(placed: Placed) -> str:
    """The text of a statement that takes values from other rows, empty for others."""
    match placed.operation:
        case Insert(selects=True) | Merge() | Query() | CreateTable(selects=True):
            return placed.operation.sql()
        case Update():
            text = placed.operation.sql()
            return text if _OTHER_ROWS.search(text) else ""
        case _:
            return ""


def _target(run: Run, position: int) -> Name | None:
    """The table that gets the values: the statement's own, or that of what is written after a query."""
    op = run.operations[position].operation
    if not isinstance(op, Query):
        return _written(op)
    return next(filter(None, (_written(placed.operation) for placed in run.operations[position + 1 :])), None)


def _written(op: Operation) -> Name | None:
    writes = isinstance(op, Insert | Update | Merge) or (isinstance(op, CreateTable) and op.selects)
    return op.table if writes and isinstance(op, Insert | Update | Merge | CreateTable) else None


def _dropped(run: Run, position: int) -> tuple[Name, str] | None:
    """The table and the column, empty for all of it, that the running version loses at *position*."""
    placed = run.operations[position]
    op, before = placed.operation, placed.before
    match op:
        case DropColumn() if not before.is_new_column(op.table, op.column):
            return op.table, op.column
        case DropTable() if not before.is_new(op.table) and not _is_stand_in(run, position):
            return op.table, ""
        case _:
            return None


def _is_stand_in(run: Run, position: int) -> bool:
    """Whether the table's name is another's before or after the drop: recreate-table is about that."""
    placed = run.operations[position]
    assert isinstance(placed.operation, DropTable)
    name = placed.before.resolve(placed.operation.table)
    return name in _given(run)


def _given(run: Run) -> Iterator[Name]:
    for placed in run.operations:
        match placed.operation:
            case CreateTable(table=table):
                yield placed.after.resolve(table)
            case RenameTable(table=table, new_name=new):
                yield placed.before.resolve(table).beside(new)
            case MoveTable(table=table, new_schema=schema):
                yield Name(table.name, schema)
            case _:
                pass


def _takes_its_place(run: Run, position: int, drop: int) -> bool:
    """Whether the UPDATE at *position* computes a new column of the table that takes the place of the dropped one."""
    if not isinstance(run.operations[drop].operation, DropColumn):
        return False
    found = replaced(run, drop)
    return found is not None and position in found.updates


def _speaks_of(text: str, found: tuple[Name, str]) -> bool:
    """Whether a statement names the table and the column; one name too many is on the safe side."""
    table, column = found
    return all(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in (table.name, column))
