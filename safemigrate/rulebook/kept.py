"""Constraints that a revision takes away and makes again as they were, as people do around a change of type.

In the end they are there as if nobody had touched them, and what is put off does without the statements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from safemigrate.rulebook.reach import made_name
from safemigrate.rulebook.site import Run
from safemigrate.schema import Check, Constraint, ForeignKey, Name, PrimaryKey, Schema, Unique, after
from safemigrate.schema.operations import AddConstraint, DropConstraint


@dataclass(frozen=True, slots=True)
class Kept:
    """A constraint of *table*, which the operation at position *away* drops, and *made*, at *back*, makes again."""

    table: Name
    constraint: Constraint
    away: int
    back: int
    made: AddConstraint

    def stands_on(self, schema: Schema, table: Name, columns: Collection[str]) -> bool:
        """Whether it is about some of *columns* of its own *table*."""
        return schema.same(self.table, table) and not _columns(self.constraint).isdisjoint(columns)

    def refers_to(self, schema: Schema, table: Name, columns: Collection[str]) -> bool:
        """Whether it is a foreign key to some of *columns* of *table*."""
        key = self.constraint
        return (
            isinstance(key, ForeignKey)
            and schema.same(key.referenced, table)
            and not {*key.referenced_columns}.isdisjoint(columns)
        )


def kept(run: Run) -> Iterator[Kept]:
    """The constraints that *run* drops, and makes again as they were."""
    start, end = run.operations[0].before, run.last
    for away, placed in enumerate(run.operations):
        op = placed.operation
        if not isinstance(op, DropConstraint) or op.cascade:
            continue
        table = placed.before.resolve(op.table)
        before, behind = _constraint(start, table, op.name), _constraint(end, table, op.name)
        if before is None or before != behind:
            continue
        for back, later in enumerate(run.operations[away:], start=away):
            made = later.operation
            if (
                isinstance(made, AddConstraint)
                and later.before.same(made.table, table)
                and made_name(later, table) == op.name
            ):
                yield Kept(table, before, away, back, made)
                # one that is dropped once more after that is told by itself
                break


def as_if_kept(run: Run, position: int) -> Schema:
    """The schema before the operation at *position*, with what is away just then."""
    schema = run.operations[position].before
    for each in kept(run):
        if each.away < position < each.back:
            schema = after(each.made, schema)
    return schema


def _constraint(schema: Schema, table: Name, name: str) -> Constraint | None:
    """The constraint, whatever words and whichever index it was made by; None where it is not there."""
    known = schema.table(table)
    found = known.constraints.get(name) if known else None
    if isinstance(found, Unique | PrimaryKey):
        return replace(found, index=None, storage="")
    if isinstance(found, ForeignKey):
        target = schema.table(found.referenced)
        columns = found.referenced_columns or (target.primary_key if target else ())
        return replace(found, referenced=schema.resolve(found.referenced), referenced_columns=columns)
    return found


def _columns(constraint: Constraint) -> frozenset[str]:
    match constraint:
        case Unique() | PrimaryKey():
            return frozenset((*constraint.columns, *constraint.include))
        case ForeignKey():
            return frozenset(constraint.columns)
        case Check():
            return frozenset(constraint.expression.columns)
        case _:
            return frozenset()
