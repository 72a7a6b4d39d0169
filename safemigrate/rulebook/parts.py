"""What an operation brings along: columns, constraints and names, whatever statement wrote them."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook.site import Run
from safemigrate.schema import Column, Constraint, Name, Operation, Type
from safemigrate.schema.operations import (
    AddColumn,
    AddConstraint,
    ChangeType,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropTable,
    MoveTable,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    RenameType,
)


def columns_of(op: Operation) -> tuple[Column, ...]:
    """The columns that an operation makes."""
    match op:
        case CreateTable(columns=columns):
            return columns
        case AddColumn(column=column):
            return (column,)
        case _:
            return ()


def types_given(op: Operation) -> Iterator[tuple[str, Type]]:
    """The columns to which an operation gives a type, each with it."""
    if isinstance(op, ChangeType):
        yield op.column, op.type
    yield from ((column.name, column.type) for column in columns_of(op) if column.type is not None)


def constraints_of(op: Operation) -> tuple[Constraint, ...]:
    """The constraints that an operation makes."""
    match op:
        case CreateTable(constraints=constraints) | AddColumn(constraints=constraints):
            return constraints
        case AddConstraint(constraint=constraint):
            return (constraint,)
        case _:
            return ()


def names_given(op: Operation) -> Iterator[str]:
    """The names that an operation gives to anything."""
    match op:
        case CreateTable(table=name) | CreateObject(name=name):
            yield name.name
        case CreateIndex(index=index):
            yield index.name
        case (
            RenameTable(new_name=text)
            | RenameColumn(new_name=text)
            | RenameConstraint(new_name=text)
            | RenameIndex(new_name=text)
            | RenameType(new_name=text)
        ):
            yield text
        case _:
            pass
    yield from (column.name for column in columns_of(op))
    yield from (constraint.name for constraint in constraints_of(op) if constraint.name)


def last_name(run: Run, position: int, table: Name) -> Name | None:
    """What *table*, at *position*, is called at the end of the revision; None where it is gone by then."""
    name = run.operations[position].before.resolve(table)
    for placed in run.operations[position + 1 :]:
        op = placed.operation
        if not isinstance(op, RenameTable | MoveTable | DropTable) or placed.before.resolve(op.table) != name:
            continue
        match op:
            case RenameTable(new_name=new_name):
                name = Name(new_name, name.schema)
            case MoveTable(new_schema=schema):
                name = Name(name.name, schema)
            case DropTable():
                return None
    return name
