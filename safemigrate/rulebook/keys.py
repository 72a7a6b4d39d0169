"""Constraints and unique indexes that are dropped: of which kind they are, and what stands in for them."""

from __future__ import annotations

import re

from safemigrate.rulebook.net import begun, column_goes, left
from safemigrate.rulebook.site import Site
from safemigrate.schema import Answer, Check, Constraint, ForeignKey, Name, PrimaryKey, Schema, Table, Unique
from safemigrate.schema.model import Exclusion, Index
from safemigrate.schema.operations import DropConstraint

Kind = type[Check | Exclusion | ForeignKey | PrimaryKey | Unique]

# how people and tools name what they make, so that one rule speaks of a constraint that the history never made
_HABITS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (ForeignKey, re.compile(r"(^|_)(fk|fkey|foreign)(_|$)", re.IGNORECASE)),
    (PrimaryKey, re.compile(r"(^|_)(pk|pkey|primary)(_|$)", re.IGNORECASE)),
    (Check, re.compile(r"(^|_)(ck|chk|check)(_|$)", re.IGNORECASE)),
)


def drops(site: Site, kind: Kind) -> Answer:
    """Whether the first operation drops a constraint of that kind that a running version may know.

    One that the history never made is told by its name; without a hint it may be unique.
    """
    op = site.operation
    assert isinstance(op, DropConstraint)
    if site.is_new(op.table) or _made_here(site, op) or _table_goes(site, op.table):
        return Answer.NO
    constraint = dropped(site)
    if constraint is not None:
        return Answer.of(isinstance(constraint, kind))
    table = site.before.table(op.table)
    if op.if_exists and table is not None and table.known:
        return Answer.NO
    return Answer.UNKNOWN if told(op.name) is kind else Answer.NO


def told(name: str) -> Kind:
    """The kind of constraint that people and tools give such a name; without a hint it may be unique."""
    return next((habit for habit, pattern in _HABITS if pattern.search(name)), Unique)


def dropped(site: Site) -> Constraint | None:
    """The constraint that the first operation drops, None where the history never made it."""
    op = site.operation
    assert isinstance(op, DropConstraint)
    table = site.before.table(op.table)
    return table.constraints.get(op.name) if table else None


def _made_here(site: Site, op: DropConstraint) -> bool:
    table = begun(site).table(op.table)
    return table is not None and table.known and op.name not in table.constraints


def _table_goes(site: Site, table: Name) -> bool:
    """Whether the table is dropped by the end of the transaction, which its own rule speaks of."""
    known = site.before.table(table)
    return known is not None and left(site).table(known.name) is None


def stand_in(site: Site, table: Name, index: Index) -> bool:
    """Whether at the end of the transaction another unique index serves ON CONFLICT as *index* did."""
    end = left(site).table(table)
    return end is not None and any(
        _serves(other, index) and not _deferrable(end, other.name) for other in end.indexes.values()
    )


def _serves(other: Index, index: Index) -> bool:
    where = index.where.text if index.where else None
    same_rows = other.where is None or other.where.text == where
    return other.unique and other.valid and same_rows and frozenset(other.elements) == frozenset(index.elements)


def _deferrable(table: Table, name: str) -> bool:
    constraint = table.constraints.get(name)
    return isinstance(constraint, Unique | PrimaryKey) and bool(constraint.deferrable)


def columns_go(site: Site, table: Name, columns: tuple[str, ...]) -> bool:
    """Whether one of the columns is dropped by the end of the transaction."""
    return any(column_goes(site, table, column) for column in columns)


def needed_by(schema: Schema, table: Name, index: Index) -> tuple[tuple[Name, ForeignKey], ...]:
    """The foreign keys for which PostgreSQL keeps the unique index, unless another one of the table serves them."""
    known = schema.table(table)
    if known is None or any(other.name != index.name and _serves(other, index) for other in known.indexes.values()):
        return ()
    return tuple(
        (child, key)
        for child, key in schema.referencing(table)
        if frozenset(key.referenced_columns or known.primary_key) == frozenset(index.columns)
    )
