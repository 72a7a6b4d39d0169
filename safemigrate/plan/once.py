"""Steps that may run again: after an interruption behind a commit, and on a database that ran the authored revision.

What has a form with IF EXISTS or IF NOT EXISTS gets it. What PostgreSQL refuses where its outcome is there already
stands behind the question whether it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from safemigrate.rulebook.twice import bears_twice
from safemigrate.schema import Name, Operation
from safemigrate.schema import operations as o
from safemigrate.schema.leftovers import DropInvalidIndex
from safemigrate.schema.name import literal
from safemigrate.schema.sync import dollars


def repeatable(op: Operation) -> tuple[Operation, ...]:
    """Operations that reach the outcome of *op* wherever they start from, its own outcome included."""
    match op:
        case o.DropColumn() | o.DropConstraint() | o.DropIndex() | o.DropObject() | o.DropTable():
            return (replace(op, if_exists=True),)
        case o.AddColumn() | o.AddEnumValue():
            return (replace(op, if_not_exists=True),)
        case o.AddCheck() | o.AddForeignKey() | o.AddNotNull():
            return (o.DropConstraint(op.table, op.constraint.name, if_exists=True), op)
        case o.AddDomainConstraint() if op.constraint.name:
            return (o.DropDomainConstraint(op.domain, op.constraint.name, if_exists=True), op)
        case o.CreateIndex(concurrently=True) if op.index.unique:
            # a key may stand on it by then; IF NOT EXISTS alone would keep the INVALID index of an interrupted build
            return (DropInvalidIndex(op.table, op.index.name), replace(op, if_not_exists=True))
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


def can_run_again(op: Operation) -> bool:
    """Whether *op* may run a second time, as it is written or in another form."""
    return bears_twice(op) or repeatable(op) != (op,) or once(op) is not None


def once(op: Operation) -> str | None:
    """The SQL of *op* behind the question whether it has still to run; None where it needs none, or can have none."""
    open_ = _open(op)
    if open_ is None or not op.runs_in_transaction:
        return None
    body = f"""
BEGIN
  IF {open_} THEN
    {op.sql()};
  END IF;
END """
    return f"DO {dollars(body)}"


def _open(op: Operation) -> str | None:
    """What is true as long as the outcome of *op* is not there."""
    match op:
        case o.AddUnique() | o.AddPrimaryKey() if op.constraint.index is not None:
            name = op.constraint.name or op.constraint.index
            return f"""NOT EXISTS (SELECT FROM pg_catalog.pg_constraint
      WHERE conrelid = to_regclass({literal(op.table.sql())}) AND conname = {literal(name)})"""
        case o.CreateEnum():
            return f"to_regtype({literal(op.type.name.sql())}) IS NULL"
        case o.AttachPartition():
            return f"NOT {_is_child(op.partition, op.table)}"
        case o.DetachPartition():
            return _is_child(op.partition, op.table)
        case o.SetInheritance():
            return f"{'NOT ' if op.inherits else ''}{_is_child(op.table, op.parent)}"
        case _:
            return None


def _is_child(child: Name, parent: Name) -> str:
    return f"""EXISTS (SELECT FROM pg_catalog.pg_inherits
      WHERE inhrelid = to_regclass({literal(child.sql())}) AND inhparent = to_regclass({literal(parent.sql())}))"""
