"""What the catalogue says once an operation is done: facts that can be asked of a live database.

Nothing relies on IF NOT EXISTS: whether there is something to do is asked, and whether it was done is asked again.
An operation of which the catalogue shows nothing gives no facts (None), and the journal alone knows about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, replace
from functools import singledispatch
from typing import Any

from safemigrate.apply import facts as ask
from safemigrate.apply.facts import About, Fact
from safemigrate.apply.session import Connection
from safemigrate.plan.plan import only_asks
from safemigrate.rulebook import Placed
from safemigrate.schema import (
    Answer,
    Constraint,
    Exclusion,
    Generation,
    Name,
    Operation,
    PrimaryKey,
    Schema,
    Unique,
    after,
    conversion,
    leftovers,
    renaming,
    sync,
)
from safemigrate.schema import operations as o
from safemigrate.schema.recognise import TEMPLATES


def facts(op: Operation, before: Schema) -> tuple[Fact, ...] | None:
    """What holds once *op* is done on *before*; empty for what leaves no trace, None where it cannot be asked.

    What sets a parameter leaves none in the database; that a session still needs it is for progress to say.
    """
    placed = qualified(op, before)
    return None if placed is None else _facts(placed, before)


def qualified(op: Operation, before: Schema) -> Operation | None:
    """*op* with the schemas of its names where the revision has set another search path, which may not be set now.

    None where the search path leaves a choice that the history cannot make.
    """
    if before.search_path == Schema().search_path or isinstance(op, TEMPLATES):
        return op
    known = {*before.tables, *before.enums, *before.domains}
    found: dict[str, Any] = {}
    for field in fields(op):
        name = getattr(op, field.name)
        if isinstance(name, Name) and name.schema is None:
            resolved = before.resolve(name)
            if len(before.search_path) != 1 and resolved not in known and not isinstance(op, o.CreateTable):
                return None
            found[field.name] = resolved
    return replace(op, **found)


def remade(placed: Sequence[Placed]) -> frozenset[About]:
    """What the operations of one revision drop and make again under its name.

    That such an object is there tells nothing: the one that was dropped was there as well.
    """
    there: set[About] = set()
    dropped: set[About] = set()
    again: set[About] = set()
    for each in placed:
        for fact in facts(each.operation, each.before) or ():
            if not fact.gone:
                there.add(fact.about)
                again |= {fact.about} & dropped
            elif fact.about in there or _may_exist(placed[0].before, fact.about, placed):
                dropped.add(fact.about)
    return frozenset(again)


def names_any(asked: Iterable[Fact], abouts: Collection[About]) -> bool:
    """Whether a fact is about one of *abouts*, or a part of it."""
    return any(fact.about[: len(about)] == about for fact in asked for about in abouts)


def _may_exist(before: Schema, about: About, placed: Sequence[Placed]) -> bool:
    """Whether *before* holds the object, or does not know."""
    match about:
        case ("table", schema, table):
            return before.exists(Name(table, schema or None)).possible
        case ("table", schema, table, "column", column):
            return before.has_column(Name(table, schema or None), column).possible
        case ("table", schema, table, "constraint", constraint):
            known = before.table(Name(table, schema or None))
            if known is None:
                return before.exists(Name(table, schema or None)).possible
            return not known.known or constraint in known.constraints
        case ("index", schema, index):
            if before.index_table(Name(index, schema or None)) is not None:
                return True
            tables = [
                each.before.table(each.operation.table)
                for each in placed
                if isinstance(each.operation, o.CreateIndex) and each.operation.index.name == index
            ]
            return not before.complete and not (tables and all(table and table.known for table in tables))
        case _:
            return True


def net(steps: Iterable[tuple[Fact, ...]]) -> tuple[Fact, ...]:
    """The facts that still hold after all of *steps*: the last word about each object."""
    known: dict[About, Fact] = {}
    for each in steps:
        for fact in each:
            if fact.gone:
                known = {about: f for about, f in known.items() if not _goes(about, fact)}
            known.pop(fact.about, None)
            known[fact.about] = fact
    return tuple(known.values())


def _goes(about: About, gone: Fact) -> bool:
    return about[: len(gone.about)] == gone.about or about in gone.takes


def holds(connection: Connection, fact: Fact) -> bool | None:
    """Whether *fact* holds now; None where the catalogue cannot tell."""
    values = [list(value) if isinstance(value, tuple) else value for value in fact.values]
    row = connection.execute(fact.question.encode(), values).fetchone()
    assert row is not None
    return None if row[0] is None else bool(row[0])


def contradicted(connection: Connection, asked: Iterable[Fact]) -> tuple[str, ...]:
    """The sentences of those facts that do not hold. What cannot be told contradicts nothing."""
    return tuple(fact.sentence for fact in asked if holds(connection, fact) is False)


# -- operations ----------------------------------------------------------------------------------------------


@singledispatch
def _facts(op: Operation, before: Schema) -> tuple[Fact, ...] | None:
    return None


@_facts.register
def _(op: o.Query, before: Schema) -> tuple[Fact, ...] | None:
    # a SELECT may call what changes something
    return () if only_asks(op) else None


@_facts.register(o.SetParameter)
@_facts.register(o.LockTable)
@_facts.register(sync.Guard)
@_facts.register(leftovers.DropInvalidIndex)
@_facts.register(leftovers.FinishDetach)
def _(op: Operation, before: Schema) -> tuple[Fact, ...]:
    return ()


@_facts.register
def _(op: o.CreateTable, before: Schema) -> tuple[Fact, ...] | None:
    return None if op.temporary else (ask.table_exists(before, op.table),)


@_facts.register
def _(op: o.DropTable, before: Schema) -> tuple[Fact, ...]:
    return (replace(ask.no_table(before, op.table), takes=_taken(op, before)),)


@_facts.register
def _(op: o.RenameTable, before: Schema) -> tuple[Fact, ...]:
    return (ask.no_table(before, op.table), ask.table_exists(before, op.table.beside(op.new_name)))


@_facts.register
def _(op: o.MoveTable, before: Schema) -> tuple[Fact, ...]:
    return (ask.table_exists(before, Name(op.table.name, op.new_schema)),)


@_facts.register
def _(op: o.AddColumn, before: Schema) -> tuple[Fact, ...]:
    column = op.column
    found = [ask.column_exists(before, op.table, column.name)]
    if column.type is not None and column.generation is not Generation.SERIAL:
        found.append(ask.column_of_type(before, op.table, column.name, column.type.sql()))
    if column.nullable is Answer.NO:
        found.append(ask.column_nullable(before, op.table, column.name, False))
    return tuple(found)


@_facts.register
def _(op: o.DropColumn, before: Schema) -> tuple[Fact, ...]:
    return (replace(ask.no_column(before, op.table, op.column), takes=_taken(op, before)),)


def _taken(op: o.DropColumn | o.DropTable, before: Schema) -> frozenset[About]:
    """The constraints and indexes that go with what *op* drops."""
    start, end = before.table(op.table), after(op, before).table(op.table)
    if start is None:
        return frozenset()
    constraints = start.constraints.keys() - (end.constraints if end is not None else ())
    indexes = (start.indexes.keys() - (end.indexes if end is not None else ())) | constraints
    return frozenset(
        (
            *(ask.key(before, "table", op.table, "constraint", name) for name in constraints),
            *(ask.key(before, "index", op.table.beside(name)) for name in indexes),
        )
    )


@_facts.register
def _(op: o.RenameColumn, before: Schema) -> tuple[Fact, ...]:
    return (ask.no_column(before, op.table, op.column), ask.column_exists(before, op.table, op.new_name))


@_facts.register
def _(op: renaming.EndRename, before: Schema) -> tuple[Fact, ...]:
    return (ask.no_column(before, op.table, op.old), ask.column_exists(before, op.table, op.new))


@_facts.register
def _(op: renaming.UndoRename, before: Schema) -> tuple[Fact, ...]:
    return (ask.column_exists(before, op.table, op.old),)


@_facts.register
def _(op: o.ChangeType, before: Schema) -> tuple[Fact, ...] | None:
    if op.using is not None or op.collation or before.column(op.table, op.column).type == op.type:
        # the type alone does not tell whether the values were converted
        return None
    about = ask.key(before, "table", op.table, "column", op.column, "type")
    written = op.type.sql()
    # equal words are equal types; of others only a different base type is certain
    question = f"""
        SELECT CASE WHEN format_type(atttypid, atttypmod) = %s THEN true
                    WHEN atttypid <> to_regtype(%s) THEN false END {ask.COLUMN}
        UNION ALL SELECT false LIMIT 1"""
    sentence = f"column {op.table}.{op.column} is {written}"
    return (Fact(about, sentence, question, (written, written, op.table.sql(), op.column)),)


@_facts.register
def _(op: o.SetNotNull, before: Schema) -> tuple[Fact, ...]:
    return (ask.column_nullable(before, op.table, op.column, False),)


@_facts.register
def _(op: o.DropNotNull, before: Schema) -> tuple[Fact, ...]:
    return (ask.column_nullable(before, op.table, op.column, True),)


@_facts.register
def _(op: o.AddIdentity, before: Schema) -> tuple[Fact, ...]:
    about = ask.key(before, "table", op.table, "column", op.column, "identity")
    question = f"SELECT EXISTS (SELECT {ask.COLUMN} AND attidentity <> '')"
    return (Fact(about, f"column {op.table}.{op.column} is an identity", question, (op.table.sql(), op.column)),)


@_facts.register
def _(op: o.DropIdentity, before: Schema) -> tuple[Fact, ...]:
    about = ask.key(before, "table", op.table, "column", op.column, "identity")
    question = f"SELECT NOT EXISTS (SELECT {ask.COLUMN} AND attidentity <> '')"
    return (Fact(about, f"column {op.table}.{op.column} is no identity", question, (op.table.sql(), op.column)),)


@_facts.register
def _(op: o.AddConstraint, before: Schema) -> tuple[Fact, ...] | None:
    constraint = op.constraint
    name = constraint.name
    if isinstance(constraint, Unique | PrimaryKey):
        name = name or constraint.index or ""
    if not name:
        # PostgreSQL chose the name
        return None
    there = ask.constraint(before, op.table, name, valid=getattr(constraint, "valid", True))
    return (there, *_index_of(constraint, op.table.beside(name), before, there=True))


@_facts.register
def _(op: o.ValidateConstraint, before: Schema) -> tuple[Fact, ...]:
    return (ask.constraint(before, op.table, op.name, valid=True),)


@_facts.register
def _(op: o.DropConstraint, before: Schema) -> tuple[Fact, ...]:
    gone = ask.no_constraint(before, op.table, op.name)
    return (gone, *_index_of(_known(op, before), op.table.beside(op.name), before, there=False))


@_facts.register
def _(op: o.RenameConstraint, before: Schema) -> tuple[Fact, ...]:
    return (
        ask.no_constraint(before, op.table, op.name),
        ask.constraint(before, op.table, op.new_name, valid=False),
        *_index_of(_known(op, before), op.table.beside(op.name), before, there=False),
        *_index_of(_known(op, before), op.table.beside(op.new_name), before, there=True),
    )


def _known(op: o.DropConstraint | o.RenameConstraint, before: Schema) -> Constraint | None:
    table = before.table(op.table)
    return table.constraints.get(op.name) if table is not None else None


def _index_of(constraint: Constraint | None, index: Name, before: Schema, *, there: bool) -> tuple[Fact, ...]:
    """What holds of the index of a constraint, which comes, goes and is called as the constraint is.

    Of one that a revision makes and drops again, nothing but its index tells whether the revision has begun.
    """
    if not isinstance(constraint, Unique | PrimaryKey | Exclusion):
        return ()
    return (ask.relation(before, "INDEX", index, ask.OBJECT_KINDS["INDEX"], there=there),)


@_facts.register
def _(op: o.CreateIndex, before: Schema) -> tuple[Fact, ...] | None:
    if not op.index.name:
        return None
    index = op.table.beside(op.index.name)
    # an index on a partitioned table alone is valid once those of its partitions are attached
    question = """
        SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND indrelid = to_regclass(%s)
                       AND indisunique = %s AND (indisvalid AND indisready OR %s))"""
    values = (index.sql(), op.table.sql(), op.index.unique, op.only)
    return (Fact(ask.key(before, "index", index), f"index {index} on {op.table} is valid", question, values),)


@_facts.register
def _(op: o.DropIndex, before: Schema) -> tuple[Fact, ...]:
    return (ask.relation(before, "INDEX", op.index, ask.OBJECT_KINDS["INDEX"], there=False),)


@_facts.register
def _(op: o.RenameIndex, before: Schema) -> tuple[Fact, ...]:
    kinds = ask.OBJECT_KINDS["INDEX"]
    return (
        ask.relation(before, "INDEX", op.index, kinds, there=False),
        ask.relation(before, "INDEX", op.index.beside(op.new_name), kinds, there=True),
    )


@_facts.register
def _(op: o.AttachPartition, before: Schema) -> tuple[Fact, ...]:
    return (ask.partition(before, op.table, op.partition, there=True),)


@_facts.register
def _(op: o.DetachPartition, before: Schema) -> tuple[Fact, ...]:
    return (ask.partition(before, op.table, op.partition, there=False),)


@_facts.register
def _(op: o.SetInheritance, before: Schema) -> tuple[Fact, ...]:
    return (ask.partition(before, op.parent, op.table, there=op.inherits),)


@_facts.register
def _(op: o.CreateEnum, before: Schema) -> tuple[Fact, ...]:
    return (ask.type_exists(before, op.type.name, there=True),)


@_facts.register
def _(op: o.AddEnumValue, before: Schema) -> tuple[Fact, ...]:
    return (ask.label(before, op.type, op.value, there=True),)


@_facts.register
def _(op: o.RenameEnumValue, before: Schema) -> tuple[Fact, ...]:
    return (ask.label(before, op.type, op.value, there=False), ask.label(before, op.type, op.new_value, there=True))


@_facts.register
def _(op: o.RenameType, before: Schema) -> tuple[Fact, ...]:
    return (
        ask.type_exists(before, op.type, there=False),
        ask.type_exists(before, op.type.beside(op.new_name), there=True),
    )


@_facts.register(sync.CreateSyncFunction)
@_facts.register(sync.CreateFillFunction)
@_facts.register(conversion.CreateConversionFunction)
def _(op: sync.CreateSyncFunction, before: Schema) -> tuple[Fact, ...]:
    about = ask.key(before, "function", op.function)
    body = " ".join(op.sql().partition(" AS $")[2].partition("$")[2].rpartition("$safemigrate")[0].split())
    question = r"""
        SELECT EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure(%s)
                       AND btrim(regexp_replace(prosrc, '\s+', ' ', 'g')) = %s)"""
    return (Fact(about, f"function {op.function} is ours", question, (f"{op.function.sql()}()", body)),)


@_facts.register(sync.CreateSyncTrigger)
@_facts.register(conversion.CreateConversionTrigger)
def _(op: sync.CreateSyncTrigger, before: Schema) -> tuple[Fact, ...]:
    return (ask.trigger(before, op.table, op.trigger, there=True),)


@_facts.register
def _(op: o.CreateObject, before: Schema) -> tuple[Fact, ...] | None:
    if op.or_replace:
        # the name may stand for an older text
        return None
    if op.kind == "TRIGGER" and op.table is not None:
        return (ask.trigger(before, op.table, op.name.name, there=True),)
    if op.kind == "SCHEMA":
        return (ask.schema_exists(op.name, there=True),)
    if op.kind == "EXTENSION":
        return (ask.extension(op.name, there=True),)
    kinds = ask.OBJECT_KINDS.get(op.kind)
    return (ask.relation(before, op.kind, op.name, kinds, there=True),) if kinds else None


@_facts.register
def _(op: o.DropObject, before: Schema) -> tuple[Fact, ...] | None:
    if op.kind == "TRIGGER" and op.table is not None:
        return (ask.trigger(before, op.table, op.name.name, there=False),)
    if op.kind == "SCHEMA":
        return (ask.schema_exists(op.name, there=False),)
    if op.kind == "EXTENSION":
        return (ask.extension(op.name, there=False),)
    if op.kind in ("TYPE", "DOMAIN"):
        return (ask.type_exists(before, op.name, there=False),)
    if op.kind == "FUNCTION":
        signature = op.name.sql() + (op.signature or "()")
        question = "SELECT to_regprocedure(%s) IS NULL"
        about = ask.key(before, "function", op.name)
        return (Fact(about, f"function {op.name} is gone", question, (signature,), gone=True),)
    kinds = ask.OBJECT_KINDS.get(op.kind)
    return (ask.relation(before, op.kind, op.name, kinds, there=False),) if kinds else None
