"""Steps as calls of the operations that the plugin registers, for ``--ops``; what has none stays a statement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from safemigrate.plan import backfill_code, python
from safemigrate.plan.backfill_code import Filling
from safemigrate.plan.python import INDENT, LINE_CHARACTERS, Comments, Written, index_words
from safemigrate.rulebook import Step
from safemigrate.rulebook.shapes import not_null_check
from safemigrate.schema import Name, Operation, conversion, leftovers, renaming, sync
from safemigrate.schema import operations as o

_Function = sync.CreateSyncFunction | sync.CreateFillFunction | conversion.CreateConversionFunction


def steps(parts: Sequence[Step], comments: Sequence[Comments], *, known: Sequence[Operation]) -> list[str]:
    """The lines of a function body that runs *parts*; see python.steps.

    *known* are the operations of the revision's expand part: they say what a trigger that is dropped did.
    """
    return python.joined(_written(parts, comments, known))


def backfill(filling: Filling) -> list[str]:
    """The line that fills the rows; see backfill_code.loop."""
    update = filling.update
    if filling.declared:
        needs = [f"needs={_json(filling.needed)}"] if filling.needed else []
        return _call("op.backfill", f"**{filling.declared}", *needs)
    assigned = _mapping("", backfill_code.assignments(update))
    where = [f"where={_json(update.where.sql())}"] if update.where else []
    return _call("op.backfill", _json(update.table.sql()), assigned, *where, f"key={_json(filling.key)}")


def _written(parts: Sequence[Step], comments: Sequence[Comments], known: Sequence[Operation]) -> Iterator[Written]:
    position = 0
    while position < len(parts):
        proof = _proof(parts[position : position + 3])
        if proof is not None:
            before, table, column = proof
            said = [line for each in comments[position : position + 3] for line in each]
            lines = [*_calls(before, known), *said, *_call("op.add_not_null", *_place(table, column))]
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
            return Written(tuple(_call("op.validate_constraint", _json(op.name), *_place(op.table))), False)
        case (
            leftovers.DropInvalidIndex(index=cleared) | o.DropIndex(index=cleared, concurrently=True, if_exists=True),
            o.CreateIndex(concurrently=True) as create,
        ):
            words = index_words(create)
            if words is not None and cleared == create.table.beside(create.index.name):
                name = _json(create.index.name)
                return Written(tuple(_call("op.create_index_concurrently", name, *words)), False)
        case (o.DropIndex(concurrently=True, if_exists=True, cascade=False) as drop,):
            words = [_json(drop.index.name), *_schema(drop.index)]
            return Written(tuple(_call("op.drop_index_concurrently", *words)), False)
    if python.autocommit(step):
        return python.written(step)
    return Written(tuple(_calls(step, known)), True)


def _calls(step: Step, known: Sequence[Operation]) -> Iterator[str]:
    """The lines of one transaction."""
    position = 0
    while position < len(step):
        lines, taken = _called(step[position:], known)
        yield from lines
        position += taken


def _called(operations: Step, known: Sequence[Operation]) -> tuple[list[str], int]:
    """The lines of the first operations, and how many they are."""
    for made in known:
        if isinstance(made, _Function) and operations[: len(drops := _drops(made))] == drops:
            return _taken_down(made), len(drops)
    match operations:
        case (
            conversion.CreateConversionFunction() as function,
            insert,
            conversion.CreateConversionTrigger(old=watched) as update,
            *_,
        ) if (insert, update) == conversion.conversion_triggers(function, watched):
            return _converted(function, watched), 3
        case (sync.CreateSyncFunction(table, old, new, by_value), trigger, *_) if trigger == sync.CreateSyncTrigger(
            table, new, old, by_value
        ):
            return _call("op.sync_columns", *_place(table, old, new), *["by_value=True"] * by_value), 2
        case (sync.CreateFillFunction(table, column, expression), trigger, *_) if trigger == sync.CreateSyncTrigger(
            table, column
        ):
            return _call("op.fill_column", *_place(table, column, expression)), 2
        case (renaming.EndRename(table, old, new), *_):
            return _call("op.end_rename", *_place(table, old, new)), 1
        case (renaming.UndoRename(table, old, new), *_):
            return _call("op.undo_rename", *_place(table, old, new)), 1
        case (o.AddUnique() | o.AddPrimaryKey() as add, *_) if add.constraint.index and add.constraint.name:
            return _key(add, add.constraint.index), 1
        case (sync.Guard() as guard, *_):
            tables = _json([table.sql() for table in guard.tables])
            return _call("op.guard_contract", _json(guard.revision), tables), 1
    return python.statement(operations[0]), 1


def _drops(made: _Function) -> Step:
    """What takes down the triggers of a function, and the function, in the form that may run again."""
    match made:
        case sync.CreateSyncFunction(table, _, new):
            triggers: tuple[str, ...] = (sync.sync_trigger(table, new),)
        case sync.CreateFillFunction(table, column):
            triggers = (sync.fill_trigger(table, column),)
        case conversion.CreateConversionFunction(table):
            triggers = conversion.trigger_names(table, made.new[0])
    return tuple(replace(drop, if_exists=True) for drop in sync.taken_down(table, made.function, *triggers))


def _taken_down(made: _Function) -> list[str]:
    match made:
        case sync.CreateSyncFunction(table, old, new):
            return _call("op.unsync_columns", *_place(table, old, new))
        case sync.CreateFillFunction(table, column, expression):
            return _call("op.unfill_column", *_place(table, column, expression))
        case conversion.CreateConversionFunction(table):
            return _call("op.unconvert_columns", _json(table.name), _json(made.new), *_schema(table))


def _converted(function: conversion.CreateConversionFunction, watched: tuple[str, ...]) -> list[str]:
    words = [_json(function.table.name), _mapping("", dict(function.up))]
    words += [_mapping("down=", dict(function.down))] if function.down else []
    words += [*_schema(function.table)]
    words += [f"watched={_json(watched)}"] if watched != function.old else []
    words += [_mapping("types=", dict(function.types))] if function.types else []
    words += [f"total={_json(function.total)}"] if function.total else []
    words += ["by_value=True"] * function.by_value
    return _call("op.convert_columns", *words)


def _key(add: o.AddUnique | o.AddPrimaryKey, index: str) -> list[str]:
    """The key on an index that is there."""
    words = ["primary=True"] * isinstance(add, o.AddPrimaryKey)
    words += [f"deferrable={_json(add.constraint.deferrable)}"] if add.constraint.deferrable else []
    name = _json(add.constraint.name)
    return _call("op.add_key_using_index", name, _json(add.table.name), _json(index), *_schema(add.table), *words)


def _mapping(keyword: str, mapping: Mapping[str, str]) -> str:
    """*mapping* as an argument of a call, with a line for each of its items where one would be too long."""
    line = f"{keyword}{_json(mapping)}"
    if len(line) <= LINE_CHARACTERS:
        return line
    items = (f"{INDENT * 2}{_json(name)}: {_json(value)}," for name, value in mapping.items())
    return "\n".join((f"{keyword}{{", *items, f"{INDENT}}}"))


def _json(value: Mapping[str, str] | Sequence[str]) -> str:
    """*value* as Python writes it, too, on one line: an end of a line would be part of an expression."""
    return json.dumps(value, ensure_ascii=False)


def _call(function: str, *words: str) -> list[str]:
    return [line for each in python.call(function, *words) for line in each.split("\n")]


def _place(table: Name, *words: str) -> list[str]:
    return [_json(table.name), *map(_json, words), *_schema(table)]


def _schema(name: Name) -> list[str]:
    return [f"schema={_json(name.schema)}"] if name.schema else []
