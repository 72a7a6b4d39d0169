"""Statements that change rows, put into a phase of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from safemigrate.rulebook.filling import filling_value, fills_for_not_null, is_empty
from safemigrate.rulebook.moving import moved
from safemigrate.rulebook.rows import rows_changed
from safemigrate.rulebook.site import Placed, Refusal, Site, Split
from safemigrate.rulebook.twice import overwritten
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterObject,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropNotNull,
    Insert,
    Query,
    SetDefault,
    SetNotNull,
    SetParameter,
    Update,
    ValidateConstraint,
)
from safemigrate.sql import read_expression

REMEDY = 'Put it into a revision of its own with safemigrate_phase = "migrate", in batches that can be repeated.'

#: after these an UPDATE may wait: none of them takes away what it reads, or changes what it means.
#: Those that tighten wait for contract, which comes after migrate
STANDS_BEFORE = (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterObject,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropNotNull,
    Insert,
    Query,
    SetDefault,
    SetNotNull,
    SetParameter,
    Update,
    ValidateConstraint,
)


def filled_later(site: Site, found: Collection[Placed]) -> Split | Refusal | None:
    """The UPDATEs *found* in the migrate phase, where they run in batches that each commit.

    Those that belong to a later SET NOT NULL are left to it.
    """
    waiting = {i: p for i, p in enumerate(site.run.operations) if any(p is f for f in found)}
    move = next(filter(None, (moved(site.run, position) for position in waiting)), None)
    if move is not None:
        return move.refusal()
    waiting = {i: p for i, p in waiting.items() if not fills_for_not_null(site.run, i)}
    if not waiting:
        return None
    for position, placed in waiting.items():
        refusal = _refused(placed, site.run.operations[:position])
        if refusal is not None:
            return refusal
    for place, column in overwritten([placed.operation for placed in waiting.values()], site.before):
        what = rows_changed([*waiting.values()][place])
        return Refusal(
            f"The {what} reads {quoted(column)}, which a later one writes, so it must not run twice.", REMEDY
        )
    updates = tuple(_guarded(placed) for placed in waiting.values())
    filled = ", ".join(dict.fromkeys(f"{op.table}.{quoted(name)}" for op in updates for name, _ in op.assignments))
    return Split(
        consumes=frozenset(waiting),
        change=f"fills {filled}",
        migrate=tuple((update,) for update in updates),
        proof=f"Every row of {', '.join(dict.fromkeys(str(op.table) for op in updates))} that the UPDATE is to reach "
        f"has its value in {filled}.",
    )


def fills_new_columns(placed: Placed) -> bool:
    """Whether an UPDATE writes only columns that its revision made and that hold NULL everywhere."""
    op, before = placed.operation, placed.before
    return isinstance(op, Update) and all(is_empty(before, op.table, column) for column, _ in op.assignments)


def _refused(placed: Placed, earlier: Collection[Placed]) -> Refusal | None:
    op, what = placed.operation, rows_changed(placed)
    if not isinstance(op, Update):
        return Refusal(f"The {what} cannot be moved without knowing which rows it has done already.", REMEDY)
    if written_again(placed) is None:
        return Refusal(f"The {what} needs more than its own rows and values to be written down again.", REMEDY)
    written = {name for name, _ in op.assignments}
    if not fills_new_columns(placed) and any(written & expression.columns for _, expression in op.assignments):
        return Refusal(f"The {what} reads the column that it writes, so it must not run twice.", REMEDY)
    obstacle = next((e.operation for e in earlier if not isinstance(e.operation, STANDS_BEFORE)), None)
    if obstacle is not None:
        return Refusal(f"The {what} may depend on what comes before it: {obstacle.sql()}.", REMEDY)
    return None


def written_again(placed: Placed) -> Update | None:
    """The UPDATE by its rows and values alone, None where these do not say everything."""
    op = placed.operation
    assert isinstance(op, Update)
    if placed.statement.parameters or not op.assignments:
        return None
    if not op.text:
        return op
    value = filling_value(placed) if op.source and fills_new_columns(placed) else None
    return Update(op.table, ((op.assignments[0][0], value),)) if value is not None else None


def _guarded(placed: Placed) -> Update:
    """The UPDATE, held to rows that are still empty where the revision made its columns: by then versions write."""
    op = written_again(placed)
    assert op is not None
    if not fills_new_columns(placed):
        return op
    parts = [f"{quoted(c)} IS NULL" for c, _ in op.assignments]
    if op.where is None:
        return replace(op, where=read_expression(" AND ".join(parts)))
    if all(c in op.where.text for c in parts):
        return op
    return replace(op, where=read_expression(" AND ".join([f"({op.where.text})", *parts])))
