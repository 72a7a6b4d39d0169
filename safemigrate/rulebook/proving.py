"""Constraints that are added NOT VALID and proved afterwards: the steps, and the statements that they replace."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from safemigrate.rulebook.reach import check_refuses, made_name, reference_waits
from safemigrate.rulebook.repairs import left_unrepaired, repaired_again
from safemigrate.rulebook.site import Run, Split, Step
from safemigrate.schema import Check, ForeignKey, Name, NotNullConstraint
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    AddConstraint,
    AddForeignKey,
    ChangeConstraint,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """The steps that add a constraint and read the rows afterwards, and the positions of what they replace."""

    name: str
    steps: tuple[Step, ...]
    consumes: frozenset[int]


def proved_later(run: Run, position: int) -> Proof | None:
    """The constraint added at *position*, NOT VALID first; None where the revision goes on to rename or drop it.

    Where the author never validates it, it stays as it is.
    """
    placed = run.operations[position]
    op = placed.operation
    assert isinstance(op, AddConstraint)
    constraint = op.constraint
    assert isinstance(constraint, Check | NotNullConstraint | ForeignKey)
    name = made_name(placed, op.table)
    later = _about(run, position, op.table, name)
    if not all(isinstance(run.operations[i].operation, ValidateConstraint) for i in later):
        return None
    add = replace(op, constraint=replace(constraint, name=name, valid=False))
    validate: tuple[Step, ...] = ((ValidateConstraint(op.table, name),),) if constraint.valid or later else ()
    return Proof(name, ((add,), *validate), frozenset({position, *later}))


def waits(run: Run, position: int) -> bool:
    """Whether the check, NOT NULL or foreign key added at *position* must wait for contract."""
    op = run.operations[position].operation
    if isinstance(op, AddForeignKey):
        return reference_waits(run, position)
    return check_refuses(run, position).possible


def in_its_phase(run: Run, position: int) -> Split | None:
    """The constraint added at *position*, NOT VALID first, in contract where it binds the old version."""
    proof = proved_later(run, position)
    op = run.operations[position].operation
    assert isinstance(op, AddConstraint)
    if proof is None:
        return None
    return in_contract(run, position, proof) if waits(run, position) else in_expand(proof, op.table)


def in_expand(proof: Proof, table: Name) -> Split:
    """What the old version does not reach may be constrained while it runs."""
    return Split(
        consumes=proof.consumes, change=f"adds the constraint {quoted(proof.name)} to {table}", expand=proof.steps
    )


def in_contract(run: Run, position: int, proof: Proof) -> Split:
    """A constraint refuses what the old version writes from its first moment on, NOT VALID or not."""
    op = run.operations[position].operation
    assert isinstance(op, AddConstraint)
    table = op.table
    repaired = repaired_again(run, position)
    left = "" if repaired else left_unrepaired(run, position, table, _columns(op))
    first, *rest = proof.steps
    return Split(
        consumes=proof.consumes,
        change=f"adds the constraint {quoted(proof.name)} to {table}",
        # from the first step on nobody writes what would have to be mended
        contract=(first, *((update,) for update in repaired), *rest),
        proof=f"Every row of {table} meets {quoted(proof.name)}, and no running version writes one that does not."
        + left,
        deploy=f"the version that writes to {table} only what {quoted(proof.name)} allows",
    )


def _columns(op: AddConstraint) -> Collection[str]:
    constraint = op.constraint
    match constraint:
        case Check():
            return constraint.expression.columns
        case ForeignKey():
            return constraint.columns
        case _:
            return ()


def _about(run: Run, position: int, table: Name, name: str) -> tuple[int, ...]:
    """The positions behind *position* that validate, rename, change or drop the constraint."""
    return tuple(
        i
        for i, placed in enumerate(run.operations)
        if i > position
        and isinstance(placed.operation, ValidateConstraint | DropConstraint | RenameConstraint | ChangeConstraint)
        and placed.operation.name == name
        and placed.before.same(placed.operation.table, table)
    )
