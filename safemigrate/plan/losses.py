"""What a revision takes away for good: the same to whom a plan is shown and to apply, which counts the rows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safemigrate.rulebook import Placed
from safemigrate.rulebook.retyping import Loss, loss
from safemigrate.schema import Name, Operation, Schema, conversion, sync
from safemigrate.schema import operations as o
from safemigrate.schema.conversion import Expressions
from safemigrate.schema.name import quoted


@dataclass(frozen=True, slots=True)
class Synced:
    """What triggers of ours keep in step. *old* is empty for a column that is only filled; *up* and *down* are where
    the columns are not simply equal."""

    table: Name
    triggers: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    up: Expressions = ()
    down: Expressions = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.old, *self.new)


def synced(revision: Iterable[Placed], earlier: Iterable[Operation]) -> tuple[Synced, ...]:
    """What the *earlier* operations brought in step, and whose triggers a *revision* drops."""
    dropped = [
        (placed.before, operation.table, operation.name.name)
        for placed in revision
        if isinstance(operation := placed.operation, o.DropObject)
        and operation.kind == "TRIGGER"
        and operation.table is not None
    ]
    found: dict[tuple[Name, tuple[str, ...]], Synced] = {}
    for each in map(_synced, earlier):
        if each is not None and any(
            name in each.triggers and before.same(table, each.table) for before, table, name in dropped
        ):
            found[each.table, each.triggers] = each
    return tuple(found.values())


def _synced(operation: Operation) -> Synced | None:
    match operation:
        case sync.CreateSyncFunction(table, old, new):
            return Synced(table, (sync.sync_trigger(table, new),), (old,), (new,))
        case sync.CreateFillFunction(table, column):
            return Synced(table, (sync.fill_trigger(table, column),), (), (column,))
        case conversion.CreateConversionFunction(table, up, down) if down:
            triggers = tuple(trigger.trigger for trigger in conversion.conversion_triggers(operation))
            return Synced(table, triggers, operation.old, operation.new, up, down)
        case _:
            return None


def _is_held_beside(op: o.DropColumn, before: Schema, earlier: Iterable[Operation]) -> bool:
    """Whether a trigger of one way gave all that the dropped column holds to another column, which holds as much."""
    old = before.column(op.table, op.column)
    return any(
        old.type is not None
        and (new := before.column(op.table, column)).type is not None
        and loss(old.type, new.type) is Loss.NONE
        for function in earlier
        if isinstance(function, conversion.CreateConversionFunction)
        and not function.down
        and before.same(function.table, op.table)
        for column, text in function.up
        if text == quoted(op.column)
    )


def losses(revision: Sequence[Placed], earlier: Sequence[Operation]) -> tuple[Placed, ...]:
    """The operations of a *revision* that drop or delete what may be nowhere else.

    A column is no loss if this very revision ends the sync that copied it, or if its values are in another one;
    *earlier* are the operations of the revisions before it, which made the triggers.
    """
    copied = {(each.table, column) for each in synced(revision, earlier) for column in each.old}
    return tuple(
        placed
        for placed in revision
        if _takes_away(placed)
        and not (
            isinstance(op := placed.operation, o.DropColumn)
            and (
                any(placed.before.same(op.table, table) and op.column == column for table, column in copied)
                or _is_held_beside(op, placed.before, earlier)
            )
        )
    )


def _takes_away(placed: Placed) -> bool:
    """Whether rows that were there before the revision lose something by an operation."""
    match placed.operation:
        case o.Truncate(tables=tables):
            return not all(placed.before.is_new(table) for table in tables)
        case o.DropColumn(table=table) | o.DropTable(table=table) | o.Delete(table=table):
            return not placed.before.is_new(table)
        case _:
            return False


def lost(op: Operation) -> str:
    """What *op*, one of losses(), takes away, in a few words."""
    match op:
        case o.DropColumn(table=table, column=column):
            return f"{table}.{quoted(column)}"
        case o.DropTable(table=table):
            return f"the rows of {table}"
        case o.Truncate(tables=tables):
            return f"the rows of {', '.join(map(str, tables))}"
        case o.Delete(table=table, where=where):
            return f"the rows of {table}" + (f" where {where.sql()}" if where else "")
        case _:
            raise TypeError(op)
