"""The downgrade of each part of a split revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce

from safemigrate.errors import SplitRefused
from safemigrate.history.statement import Phase
from safemigrate.plan.reverse import reverse
from safemigrate.rulebook import Run, Step
from safemigrate.rulebook.shapes import prove_not_null
from safemigrate.schema import (
    Answer,
    Check,
    Constraint,
    Expression,
    ForeignKey,
    Name,
    Operation,
    Schema,
    after,
    conversion,
    sync,
)
from safemigrate.schema import operations as o
from safemigrate.schema.conversion import is_copy
from safemigrate.schema.name import quoted
from safemigrate.schema.renaming import EndRename

_Function = sync.CreateSyncFunction | sync.CreateFillFunction | conversion.CreateConversionFunction
_FUNCTIONS = (sync.CreateSyncFunction, sync.CreateFillFunction, conversion.CreateConversionFunction)
_TYPES = ("TYPE", "DOMAIN", "EXTENSION", "SCHEMA", "COLLATION")
_TRIGGERS = (sync.CreateSyncTrigger, conversion.CreateConversionTrigger)


class Irreversible(SplitRefused):
    """An *operation* of which nobody can say what undoes it."""

    def __init__(self, operation: Operation, run: Run) -> None:
        self.operation = operation
        super().__init__(
            f"nobody can say what undoes this, so the split would have no downgrade: {operation.sql()}.",
            where=str(run.revision.path),
            remedy="Put it into a revision of its own.",
        )


def undo(
    operations: Sequence[Operation], before: Schema, run: Run, *, synced: Sequence[Operation] = ()
) -> list[Step]:
    """The steps that undo *operations*, which ran on *before*, last first.

    *synced* are the operations of the revision's expand part: a contract that took down a sync trigger or a view
    puts it up again, and a renamed column gets its old name's values back from the new one.

    Raises Irreversible where nobody can say what undoes an operation.
    """
    scaffolding = _scaffolding(operations)
    left = reduce(lambda schema, op: after(op, schema), operations, before)
    functions = {op.function.name: op for op in synced if isinstance(op, _FUNCTIONS)}
    triggers = {op.trigger: op for op in synced if isinstance(op, _TRIGGERS)}
    valued = {(op.table, column) for op in functions.values() for column in _way_back(op)[1]}
    types: list[Step] = []
    renames: list[Operation] = []
    remade: list[Operation] = []
    emptied: list[tuple[o.DropColumn, Schema]] = []
    refills: list[Step] = []
    rest: list[Step] = []
    for op, schema in reversed(_with_schema(operations, before)):
        if _constraint_of(op) in scaffolding or _goes_with_column(op, operations):
            continue
        if isinstance(op, o.DropObject) and op.name.name in functions:
            remade.append(functions[op.name.name])
        elif isinstance(op, o.DropObject) and op.name.name in triggers:
            remade.append(triggers[op.name.name])
        elif isinstance(op, o.DropColumn) and (op.table, op.column) in valued:
            remade += _without_values(_undone(op, schema, run))
            emptied.append((op, schema))
        elif isinstance(op, o.DropObject) and op.kind in _TYPES:
            types.append(_undone(op, schema, run))
        elif isinstance(op, o.DropObject) and op.kind == "VIEW" and (view := _made_as(op, synced)):
            rest += [(made,) for made in view]
        elif isinstance(op, EndRename):
            remade += _undone(op, schema, run)
            refills.append((_copied(op),))
        elif isinstance(op, o.RenameIndex | o.RenameConstraint):
            renames += _undone(op, schema, run)
        else:
            undone = _undone(op, schema, run)
            rest += [(undone_op,) for undone_op in (*undone, *_validated(op, schema, left))]
    refills += [step for function in functions.values() for step in _refilled(function, emptied)]
    # a type before the columns of it, a column before the function that names it, which has its triggers behind it
    remade.sort(key=lambda op: isinstance(op, (*_FUNCTIONS, *_TRIGGERS)))
    return [step for step in [*types, tuple(renames), tuple(remade), *refills, *_together(rest)] if step]


def _made_as(op: o.DropObject, synced: Sequence[Operation]) -> tuple[Operation, ...]:
    """How the expand part made the view that goes: the view, and the privileges on it."""
    made = tuple(each for each in synced if isinstance(each, o.CreateView) and each.name == op.name)
    granted = tuple(each for each in synced if isinstance(each, o.Grant) and each.names == (op.name,))
    return (*made, *granted) if made else ()


def _undone(op: Operation, schema: Schema, run: Run) -> tuple[Operation, ...]:
    undone = reverse(op, schema)
    if undone is None:
        raise Irreversible(op, run)
    return undone


def _copied(op: EndRename) -> Operation:
    """The values of the column that has its old name again, for the one that stands beside it again."""
    old, new = quoted(op.old), quoted(op.new)
    value = Expression(old, columns=frozenset({op.old}))
    empty = Expression(f"{new} IS NULL AND {old} IS NOT NULL", columns=frozenset({op.old, op.new}))
    return o.Update(op.table, ((op.new, value),), empty)


def _way_back(op: _Function) -> tuple[tuple[str, ...], dict[str, str]]:
    """The new columns, and the expressions over them that the function gives the old ones their values by."""
    match op:
        case sync.CreateSyncFunction(_, old, new):
            return (new,), {old: quoted(new)}
        case conversion.CreateConversionFunction():
            return op.new, dict(op.down)
        case _:
            return (), {}


def _without_values(operations: Sequence[Operation]) -> Iterator[Operation]:
    """*operations*, which add a column: its default is for rows to come, those that are there get what they had."""
    for op in operations:
        if not isinstance(op, o.AddColumn) or op.column.default is None:
            yield op
            continue
        yield replace(op, column=replace(op.column, default=None, nullable=Answer.YES))
        yield o.SetDefault(op.table, op.column.name, op.column.default)


def _refilled(function: _Function, emptied: Sequence[tuple[o.DropColumn, Schema]]) -> Iterator[Step]:
    """The values of the old columns that are there again, from the new ones, their NOT NULL, and what hung on them.

    In one UPDATE: to the trigger, one of them without the others would be what the old version writes.
    """
    new, values = _way_back(function)
    again = [(op, schema) for op, schema in emptied if op.table == function.table and op.column in values]
    if not again:
        return
    empty = [f"{quoted(op.column)} IS NULL" for op, _ in again]
    # what is computed may be a value also where the new side holds none
    copied = len(new) == 1 and all(map(is_copy, values.items()))
    where = " AND ".join([*empty, *(f"{quoted(column)} IS NOT NULL" for column in new if copied)])
    yield (
        o.Update(
            function.table,
            tuple((op.column, Expression(values[op.column], columns=frozenset(new))) for op, _ in again),
            Expression(where, columns=frozenset({*new, *(op.column for op, _ in again)})),
        ),
    )
    for op, schema in again:
        if schema.column(op.table, op.column).nullable is Answer.NO:
            yield from prove_not_null(op.table, op.column)
    for op, schema in again:
        yield from _hung(op, schema)


def _validated(op: Operation, schema: Schema, left: Schema) -> Iterator[Operation]:
    """The look at every row for a constraint that comes back, where one that is *left* has checked each of them."""
    if not isinstance(op, o.DropConstraint):
        return
    table, later = schema.table(op.table), left.table(op.table)
    key = table.constraints.get(op.name) if table else None
    if later is None or not isinstance(key, Check | ForeignKey) or not key.valid or not key.enforced:
        return
    if any(_checks(other, key, left) for other in later.constraints.values()):
        yield o.ValidateConstraint(op.table, op.name)


def _checks(other: Constraint, one: Check | ForeignKey, schema: Schema) -> bool:
    """Whether each row that *other* lets through, *one* lets through."""
    if not isinstance(other, Check | ForeignKey) or not other.valid or not other.enforced:
        return False
    if isinstance(other, Check) or isinstance(one, Check):
        return isinstance(other, Check) and isinstance(one, Check) and other.expression == one.expression
    return _looked_up(other, schema) == _looked_up(one, schema)


def _looked_up(key: ForeignKey, schema: Schema) -> tuple[object, ...]:
    referenced = schema.table(key.referenced)
    columns = key.referenced_columns or (referenced.primary_key if referenced else ())
    match = "MATCH FULL" in key.actions.upper()
    return (key.columns, schema.resolve(key.referenced), columns, match, key.period)


def _hung(op: o.DropColumn, schema: Schema) -> Iterator[Step]:
    """The indexes, checks and foreign keys that went with the column, made anew beside traffic."""
    table = schema.table(op.table)
    left = after(op, schema).table(op.table)
    assert table is not None
    assert left is not None
    for name, constraint in table.constraints.items():
        if name in left.constraints or not isinstance(constraint, Check | ForeignKey):
            continue
        unproven = replace(constraint, valid=False)
        yield (
            o.AddCheck(op.table, unproven) if isinstance(unproven, Check) else o.AddForeignKey(op.table, unproven),
        )
        if constraint.valid:
            yield (o.ValidateConstraint(op.table, name),)
    for name, index in table.indexes.items():
        if name not in left.indexes and name not in table.constraints:
            yield (o.CreateIndex(op.table, index, concurrently=True),)


def _with_schema(operations: Sequence[Operation], before: Schema) -> list[tuple[Operation, Schema]]:
    found = []
    for op in operations:
        found.append((op, before))
        before = after(op, before)
    return found


def _scaffolding(operations: Sequence[Operation]) -> frozenset[object]:
    """Constraints that *operations* make and drop again: undoing both is undoing neither.

    One that is dropped first was there before, and what is made in its place is another one.
    """
    changes = [op for op in operations if isinstance(op, o.AddConstraint | o.DropConstraint)]
    first = {_constraint_of(op): op for op in reversed(changes)}
    last = {_constraint_of(op): op for op in changes}
    return frozenset(
        each
        for each, op in first.items()
        if isinstance(op, o.AddConstraint) and isinstance(last[each], o.DropConstraint)
    )


def _goes_with_column(op: Operation, operations: Sequence[Operation]) -> bool:
    """Whether it grants or says something on columns that *operations* make: they take that with them."""
    made = {(each.table, each.column.name) for each in operations if isinstance(each, o.AddColumn)}
    match op:
        case o.Grant():
            return bool(op.granted) and all((table, column) in made for table in op.names for _, column in op.granted)
        case o.Comment(about="COLUMN", table=Name() as table):
            return (table, op.name.name) in made
        case _:
            return False


def _constraint_of(op: Operation) -> object:
    match op:
        case o.AddConstraint():
            return (op.table, op.constraint.name)
        case o.DropConstraint() | o.ValidateConstraint():
            return (op.table, op.name)
        case _:
            return None


def _together(steps: Sequence[Step]) -> list[Step]:
    """Neighbouring steps on one table in one transaction: what undoes a phase is no longer than it must be."""
    merged: list[Step] = []
    for step in steps:
        last = merged[-1] if merged else None
        if last and _fit(*last, *step) and len(_tables((*last, *step))) <= 1:
            merged[-1] = (*last, *step)
        else:
            merged.append(step)
    return merged


def _fit(*operations: Operation) -> bool:
    """Whether they may share a transaction: a look at every row holds no lock that another one took."""
    return all(op.runs_in_transaction and not isinstance(op, o.ValidateConstraint) for op in operations)


def _tables(step: Step) -> frozenset[object]:
    return frozenset(getattr(op, "table", None) for op in step) - {None}


def schema_before(first: Schema, phases: Sequence[tuple[Phase, Sequence[Operation]]]) -> Schema:
    """*first* once all of *phases* have run."""
    for _, operations in phases:
        for op in operations:
            first = after(op, first)
    return first
