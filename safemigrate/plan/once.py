"""Steps that may run again: after an interruption behind a commit, and on a database that ran the authored revision.

What has a form with IF EXISTS or IF NOT EXISTS gets it. What PostgreSQL refuses where its outcome is there already
stands behind the question whether it is, and what is about a column that the release goes on to rename or to drop
behind the question whether that is there still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from safemigrate.plan.commute import Part, parts
from safemigrate.plan.remaking import in_place
from safemigrate.rulebook.twice import bears_twice
from safemigrate.schema import Operation, Schema, after
from safemigrate.schema import operations as o
from safemigrate.schema.asking import has_part, is_child, where
from safemigrate.schema.leftovers import DropInvalidIndex, FinishDetach
from safemigrate.schema.name import literal
from safemigrate.schema.operations.base import TableOperation


def repeatable(op: Operation) -> tuple[Operation, ...]:
    """Operations that reach the outcome of *op* wherever they start from, its own outcome included."""
    match op:
        case o.DropColumn() | o.DropConstraint() | o.DropIndex() | o.DropObject() | o.DropTable():
            return (replace(op, if_exists=True),)
        case o.DropIdentity() | o.DropExpression() | o.RenameObject(kind="SEQUENCE"):
            return (replace(op, if_exists=True),)
        case o.CreateFunction(kind="FUNCTION" | "PROCEDURE", or_replace=False):
            return in_place(op)
        case o.AddColumn() | o.AddEnumValue():
            return (replace(op, if_not_exists=True),)
        case o.AddCheck() | o.AddForeignKey() | o.AddNotNull():
            return (o.DropConstraint(op.table, op.constraint.name, if_exists=True), op)
        case o.AddDomainConstraint() if op.constraint.name:
            return (o.DropDomainConstraint(op.domain, op.constraint.name, if_exists=True), op)
        case o.CreateIndex(concurrently=True) if op.index.unique:
            # a key may stand on it by then; IF NOT EXISTS alone would keep the INVALID index of an interrupted build
            return (DropInvalidIndex(op.table, op.index.name), replace(op, if_not_exists=True))
        case o.DetachPartition(concurrently=True):
            return (FinishDetach(op.table, op.partition), op)
        case o.CreateIndex() if not op.if_not_exists:
            index = op.table.beside(op.index.name)
            return (o.DropIndex(index, concurrently=op.concurrently, if_exists=True), op)
        case _:
            return (op,)


def again(steps: Iterable[tuple[Operation, ...]]) -> list[tuple[Operation, ...]]:
    """The steps so that each may run again from its start."""
    return [_again(step) for step in steps]


def _again(step: tuple[Operation, ...]) -> tuple[Operation, ...]:
    found: list[Operation] = []
    for op in step:
        *drops, itself = repeatable(op)
        # what the step itself has just dropped goes once
        found += [drop for drop in drops if found[-1:] != [drop]]
        found.append(itself)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class WhereThere(Operation):
    """*operation* where all of *columns* are there; a database that lacks one has run the rest of the release."""

    operation: TableOperation
    columns: tuple[Part, ...]

    def sql(self) -> str:
        return self.operation.sql()


def where_there(
    steps: Iterable[tuple[Operation, ...]], before: Schema, leaving: frozenset[Part]
) -> Iterator[tuple[Operation, ...]]:
    """The steps, which begin on *before*, so that they do nothing where columns *leaving* are gone."""
    schema = before
    for step in steps:
        written: list[Operation] = []
        for op, following in zip(step, (*step[1:], None), strict=True):
            # what is dropped only to be made again must not go alone
            asked = following if following is not None and _makes_again(op, following) else op
            columns = _named(asked, schema, leaving)
            bears = getattr(asked, "if_exists", False) or getattr(asked, "if_not_exists", False)
            written.append(
                WhereThere(op, columns) if isinstance(op, TableOperation) and columns and not bears else op
            )
            schema = after(op, schema)
        yield tuple(written)


def _makes_again(op: Operation, following: Operation) -> bool:
    return (
        isinstance(op, o.DropConstraint)
        and isinstance(following, o.AddConstraint)
        and (following.table, following.constraint.name) == (op.table, op.name)
    )


def _named(op: Operation, schema: Schema, leaving: frozenset[Part]) -> tuple[Part, ...]:
    """The columns *leaving* that the operation is about, those that a foreign key refers to among them."""
    found = ((schema.shortest(table), column) for table, column in parts([op], schema) & leaving)
    return tuple(sorted(found, key=str))


def can_run_again(op: Operation) -> bool:
    """Whether *op* may run a second time, as it is written or in another form."""
    return bears_twice(op) or repeatable(op) != (op,) or once(op) is not None


def once(op: Operation) -> str | None:
    """The SQL of *op* behind the question whether it has still to run; None where it needs none, or can have none."""
    asked = condition(op)
    if asked is None or not op.runs_in_transaction:
        return None
    return where([asked], op.sql())


def condition(op: Operation) -> str | None:
    """What holds as long as *op* has still to run; None where it asks nothing."""
    return "\n    AND ".join(_open(op)) or None


def _open(op: Operation) -> Iterator[str]:
    """What is all true as long as the outcome of *op* is not there."""
    match op:
        case WhereThere():
            for table, column in op.columns:
                yield has_part("column", table, column)
            yield from _open(op.operation)
        case o.AddUnique() | o.AddPrimaryKey() if op.constraint.index is not None:
            name = op.constraint.name or op.constraint.index
            yield f"NOT {has_part('constraint', op.table, name)}"
        case o.CreateEnum():
            yield f"to_regtype({literal(op.type.name.sql())}) IS NULL"
        case o.AttachPartition():
            yield f"NOT {is_child(op.partition, op.table)}"
        case o.DetachPartition():
            yield is_child(op.partition, op.table)
        case o.SetInheritance():
            yield f"{'NOT ' if op.inherits else ''}{is_child(op.table, op.parent)}"
