"""duplicate-column: see duplicate_column.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import constraints_of
from safemigrate.schema import Answer, Operation, PrimaryKey, Schema, Unique
from safemigrate.schema.operations import AddColumn, CreateTable, Insert, Update


def check(site: Site) -> Iterable[Hit]:
    """What names a column twice, or adds one that is there."""
    op = site.operation
    for where, columns in _lists(op):
        for column in dict.fromkeys(c for c in columns if columns.count(c) > 1):
            yield Hit(
                frozenset({Hazard.FAILS}), message=f"{column} stands twice in {where}, which PostgreSQL refuses."
            )
    if isinstance(op, AddColumn) and not op.if_not_exists and _has(site.before, op):
        yield Hit(frozenset({Hazard.FAILS}), message=f"{op.table} has a column {op.column.name} already.")


def _has(before: Schema, op: AddColumn) -> bool:
    return before.has_column(op.table, op.column.name) is Answer.YES


def _lists(op: Operation) -> Iterator[tuple[str, Sequence[str]]]:
    match op:
        case CreateTable(columns=columns):
            yield "the table", [column.name for column in columns]
        case Update(assignments=assignments):
            yield "the SET list", [column for column, _ in assignments]
        case Insert(columns=columns):
            yield "the list of columns", columns
        case _:
            pass
    for constraint in constraints_of(op):
        if isinstance(constraint, Unique | PrimaryKey):
            yield "the key", constraint.columns
