"""Steps as calls of the operations that the plugin registers, for ``--ops``; what has none stays a statement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from safemigrate.plan import backfill_code, python
from safemigrate.plan.backfill_code import Filling
from safemigrate.plan.python import Comments, Written, call, index_words, string
from safemigrate.rulebook import Step
from safemigrate.rulebook.shapes import not_null_check
from safemigrate.schema import Name, Operation, leftovers, renaming, sync
from safemigrate.schema import operations as o


def steps(parts: Sequence[Step], comments: Sequence[Comments], *, known: Sequence[Operation]) -> list[str]:
    """The lines of a function body that runs *parts*; see python.steps.

    *known* are the operations of the revision's expand part: they say what a trigger that is dropped did.
    """
    return python.joined(_written(parts, comments, known))


def backfill(filling: Filling) -> list[str]:
    """The line that fills the rows; see backfill_code.loop."""
    update = filling.update
    if filling.declared:
        needs = json.dumps(list(filling.needed), ensure_ascii=False)
        return call("op.backfill", f"**{filling.declared}", f"needs={needs}")
    assigned = json.dumps(backfill_code.assignments(update), ensure_ascii=False)
    where = [f"where={string(update.where.sql())}"] if update.where else []
    return call("op.backfill", string(update.table.sql()), assigned, *where, f"key={json.dumps(list(filling.key))}")


def _written(parts: Sequence[Step], comments: Sequence[Comments], known: Sequence[Operation]) -> Iterator[Written]:
    position = 0
    while position < len(parts):
        proof = _proof(parts[position : position + 3])
        if proof is not None:
            before, table, column = proof
            said = [line for each in comments[position : position + 3] for line in each]
            lines = [*_calls(before, known), *said, *call("op.add_not_null", *_place(table, column))]
            yield Written(tuple(lines), True)
            position += 3
            continue
        yield python.commented(parts[position], comments[position], lambda step: _single(step, known))
        position += 1


def _proof(three: Sequence[Step]) -> tuple[Step, Name, str] | None:
    """The table and the column that three steps prove to be NOT NULL, and what the first of them does before."""
    if len(three) < 3 or not three[2] or not isinstance(three[2][0], o.SetNotNull):
        return None
    table, column = three[2][0].table, three[2][0].column
    check = not_null_check(table, column)
    made = (o.DropConstraint(table, check.name, if_exists=True), o.AddCheck(table, check))
    gone = (three[2][0], o.DropConstraint(table, check.name, if_exists=True))
    whole = three[0][-2:] == made and three[1] == (o.ValidateConstraint(table, check.name),) and three[2] == gone
    return (three[0][:-2], table, column) if whole else None


def _single(step: Step, known: Sequence[Operation]) -> Written:
    """One step: with a call that commits for itself, or with calls inside of its transaction."""
    match step:
        case (o.ValidateConstraint() as op,):
            return Written(tuple(call("op.validate_constraint", string(op.name), *_place(op.table))), False)
        case (
            leftovers.DropInvalidIndex(index=cleared) | o.DropIndex(index=cleared, concurrently=True, if_exists=True),
            o.CreateIndex(concurrently=True) as create,
        ):
            words = index_words(create)
            if words is not None and cleared == create.table.beside(create.index.name):
                name = string(create.index.name)
                return Written(tuple(call("op.create_index_concurrently", name, *words)), False)
        case (o.DropIndex(concurrently=True, if_exists=True, cascade=False) as drop,):
            words = [string(drop.index.name), *_schema(drop.index)]
            return Written(tuple(call("op.drop_index_concurrently", *words)), False)
    if python.autocommit(step):
        return python.written(step)
    return Written(tuple(_calls(step, known)), True)


def _calls(step: Step, known: Sequence[Operation]) -> Iterator[str]:
    """The lines of one transaction."""
    position = 0
    while position < len(step):
        lines, taken = _called(step[position : position + 2], known)
        yield from lines
        position += taken


def _called(two: Sequence[Operation], known: Sequence[Operation]) -> tuple[list[str], int]:
    """The lines of the first operation, or of both, and how many they are."""
    match two:
        case (sync.CreateSyncFunction() as f, sync.CreateSyncTrigger() as t) if (f.new, f.old, f.by_value) == (
            t.column,
            t.old,
            t.by_value,
        ):
            words = ["by_value=True"] if f.by_value else []
            return call("op.sync_columns", *_place(f.table, f.old, f.new), *words), 2
        case (sync.CreateFillFunction() as f, sync.CreateSyncTrigger() as t) if (f.column, "") == (t.column, t.old):
            return call("op.fill_column", *_place(f.table, f.column, f.expression)), 2
        case (o.DropObject(kind="TRIGGER", if_exists=True) as trigger, o.DropObject(if_exists=True) as function):
            for made in known:
                taken_down = _taken_down(made, trigger, function)
                if taken_down:
                    return taken_down, 2
        case (renaming.EndRename(table, old, new), *_):
            return call("op.end_rename", *_place(table, old, new)), 1
        case (renaming.UndoRename(table, old, new), *_):
            return call("op.undo_rename", *_place(table, old, new)), 1
        case (sync.Guard() as guard, *_):
            tables = json.dumps([table.sql() for table in guard.tables], ensure_ascii=False)
            return call("op.guard_contract", string(guard.revision), tables), 1
    return python.statement(two[0]), 1


def _taken_down(made: Operation, trigger: o.DropObject, function: o.DropObject) -> list[str]:
    if not isinstance(made, sync.CreateSyncFunction | sync.CreateFillFunction) or made.function != function.name:
        return []
    if isinstance(made, sync.CreateSyncFunction):
        return call("op.unsync_columns", *_place(made.table, made.old, made.new))
    return call("op.unfill_column", *_place(made.table, made.column, made.expression))


def _place(table: Name, *words: str) -> list[str]:
    return [string(table.name), *map(string, words), *_schema(table)]


def _schema(name: Name) -> list[str]:
    return [f"schema={string(name.schema)}"] if name.schema else []
