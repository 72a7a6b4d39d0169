"""What the catalogue says once an operation is done: facts that can be asked of a live database.

Nothing relies on IF NOT EXISTS: whether there is something to do is asked, and whether it was done is asked again.
An operation of which the catalogue shows nothing gives no facts (None), and the journal alone knows about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch

from safemigrate.apply.session import Connection
from safemigrate.schema import Answer, Generation, Name, Operation, PrimaryKey, Schema, Unique, sync
from safemigrate.schema import operations as o

About = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence about one object, and the question that tells whether it holds: true, false, or NULL for unknown.

    A later fact about the same object takes its place; one that says *gone* takes with it all about its parts.
    """

    about: About
    sentence: str
    question: str
    values: tuple[object, ...]
    gone: bool = False


def facts(op: Operation, before: Schema) -> tuple[Fact, ...] | None:
    """What holds once *op* is done on *before*; empty for what leaves no trace, None where it cannot be asked."""
    return _facts(op, before)


def net(steps: Iterable[tuple[Fact, ...]]) -> tuple[Fact, ...]:
    """The facts that still hold after all of *steps*: the last word about each object."""
    known: dict[About, Fact] = {}
    for each in steps:
        for fact in each:
            if fact.gone:
                known = {about: f for about, f in known.items() if about[: len(fact.about)] != fact.about}
            known.pop(fact.about, None)
            known[fact.about] = fact
    return tuple(known.values())


def holds(connection: Connection, fact: Fact) -> bool | None:
    """Whether *fact* holds now; None where the catalogue cannot tell."""
    row = connection.execute(fact.question.encode(), fact.values).fetchone()
    assert row is not None
    return None if row[0] is None else bool(row[0])


def contradicted(connection: Connection, asked: Iterable[Fact]) -> tuple[str, ...]:
    """The sentences of those facts that do not hold. What cannot be told contradicts nothing."""
    return tuple(fact.sentence for fact in asked if holds(connection, fact) is False)


# -- questions -----------------------------------------------------------------------------------------------

_COLUMN = "FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s AND attnum > 0 AND NOT attisdropped"
_CONSTRAINT = "FROM pg_constraint WHERE conrelid = to_regclass(%s) AND conname = %s"
_TRIGGER = "FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = %s AND NOT tgisinternal"
_RELATION = "FROM pg_class WHERE oid = to_regclass(%s) AND relkind = ANY (%s)"
_TABLE_KINDS = ["r", "p", "f"]
_OBJECT_KINDS = {"VIEW": ["v"], "MATERIALIZED VIEW": ["m"], "SEQUENCE": ["S"], "INDEX": ["i", "I"]}


def _key(before: Schema, kind: str, name: Name, *parts: str) -> About:
    resolved = before.resolve(name)
    return (kind, resolved.schema or "", resolved.name, *parts)


def _table(before: Schema, table: Name) -> Fact:
    about = _key(before, "table", table)
    return Fact(about, f"table {table} exists", f"SELECT EXISTS (SELECT {_RELATION})", (table.sql(), _TABLE_KINDS))


def _no_table(before: Schema, table: Name) -> Fact:
    about = _key(before, "table", table)
    question = f"SELECT NOT EXISTS (SELECT {_RELATION})"
    return Fact(about, f"table {table} is gone", question, (table.sql(), _TABLE_KINDS), gone=True)


def _column(before: Schema, table: Name, column: str) -> Fact:
    about = _key(before, "table", table, "column", column)
    sentence = f"column {table}.{column} exists"
    return Fact(about, sentence, f"SELECT EXISTS (SELECT {_COLUMN})", (table.sql(), column))


def _no_column(before: Schema, table: Name, column: str) -> Fact:
    about = _key(before, "table", table, "column", column)
    sentence = f"column {table}.{column} is gone"
    return Fact(about, sentence, f"SELECT NOT EXISTS (SELECT {_COLUMN})", (table.sql(), column), gone=True)


def _of_type(before: Schema, table: Name, column: str, written: str) -> Fact:
    """The type is asked for by name, so that aliases are PostgreSQL's business; its arguments are not compared."""
    about = _key(before, "table", table, "column", column, "type")
    question = f"SELECT coalesce((SELECT coalesce(atttypid = to_regtype(%s), true) {_COLUMN}), false)"
    return Fact(about, f"column {table}.{column} is {written}", question, (written, table.sql(), column))


def _nullable(before: Schema, table: Name, column: str, nullable: bool) -> Fact:
    about = _key(before, "table", table, "column", column, "nullable")
    question = f"SELECT coalesce((SELECT attnotnull <> %s {_COLUMN}), false)"
    sentence = f"column {table}.{column} is {'nullable' if nullable else 'NOT NULL'}"
    return Fact(about, sentence, question, (nullable, table.sql(), column))


def _constraint(before: Schema, table: Name, name: str, *, valid: bool) -> Fact:
    about = _key(before, "table", table, "constraint", name)
    question = f"SELECT EXISTS (SELECT {_CONSTRAINT} AND (convalidated OR NOT %s))"
    sentence = f"constraint {name} on {table} is {'valid' if valid else 'there'}"
    return Fact(about, sentence, question, (table.sql(), name, valid))


def _no_constraint(before: Schema, table: Name, name: str) -> Fact:
    about = _key(before, "table", table, "constraint", name)
    question = f"SELECT NOT EXISTS (SELECT {_CONSTRAINT})"
    return Fact(about, f"constraint {name} on {table} is gone", question, (table.sql(), name), gone=True)


def _object(before: Schema, kind: str, name: Name, kinds: list[str], *, there: bool) -> Fact:
    about = _key(before, kind.lower(), name)
    question = f"SELECT {'' if there else 'NOT '}EXISTS (SELECT {_RELATION})"
    sentence = f"{kind.lower()} {name} {'exists' if there else 'is gone'}"
    return Fact(about, sentence, question, (name.sql(), kinds), gone=not there)


def _trigger(before: Schema, table: Name, name: str, *, there: bool) -> Fact:
    about = _key(before, "table", table, "trigger", name)
    enabled = " AND tgenabled <> 'D'" if there else ""
    question = f"SELECT {'' if there else 'NOT '}EXISTS (SELECT {_TRIGGER}{enabled})"
    sentence = f"trigger {name} on {table} is {'enabled' if there else 'gone'}"
    return Fact(about, sentence, question, (table.sql(), name), gone=not there)


def _type(before: Schema, name: Name, *, there: bool) -> Fact:
    about = _key(before, "type", name)
    sentence = f"type {name} {'exists' if there else 'is gone'}"
    return Fact(about, sentence, f"SELECT (to_regtype(%s) IS NOT NULL) = {there}", (name.sql(),), gone=not there)


def _label(before: Schema, name: Name, label: str, *, there: bool) -> Fact:
    about = _key(before, "type", name, "label", label)
    labels = "SELECT FROM pg_enum WHERE enumtypid = to_regtype(%s) AND enumlabel = %s"
    question = f"SELECT {'' if there else 'NOT '}EXISTS ({labels})"
    sentence = f"label '{label}' of {name} is {'there' if there else 'gone'}"
    return Fact(about, sentence, question, (name.sql(), label), gone=not there)


# -- operations ----------------------------------------------------------------------------------------------


@singledispatch
def _facts(op: Operation, before: Schema) -> tuple[Fact, ...] | None:
    return None


@_facts.register(o.Query)
@_facts.register(o.SetParameter)
@_facts.register(o.LockTable)
@_facts.register(sync.Guard)
def _(op: Operation, before: Schema) -> tuple[Fact, ...]:
    return ()


@_facts.register
def _(op: o.CreateTable, before: Schema) -> tuple[Fact, ...] | None:
    return None if op.temporary else (_table(before, op.table),)


@_facts.register
def _(op: o.DropTable, before: Schema) -> tuple[Fact, ...]:
    return (_no_table(before, op.table),)


@_facts.register
def _(op: o.RenameTable, before: Schema) -> tuple[Fact, ...]:
    return (_no_table(before, op.table), _table(before, op.table.beside(op.new_name)))


@_facts.register
def _(op: o.MoveTable, before: Schema) -> tuple[Fact, ...]:
    return (_table(before, Name(op.table.name, op.new_schema)),)


@_facts.register
def _(op: o.AddColumn, before: Schema) -> tuple[Fact, ...]:
    column = op.column
    found = [_column(before, op.table, column.name)]
    if column.type is not None and column.generation is not Generation.SERIAL:
        found.append(_of_type(before, op.table, column.name, column.type.sql()))
    if column.nullable is Answer.NO:
        found.append(_nullable(before, op.table, column.name, False))
    return tuple(found)


@_facts.register
def _(op: o.DropColumn, before: Schema) -> tuple[Fact, ...]:
    return (_no_column(before, op.table, op.column),)


@_facts.register
def _(op: o.RenameColumn, before: Schema) -> tuple[Fact, ...]:
    return (_no_column(before, op.table, op.column), _column(before, op.table, op.new_name))


@_facts.register
def _(op: o.ChangeType, before: Schema) -> tuple[Fact, ...]:
    about = _key(before, "table", op.table, "column", op.column, "type")
    written = op.type.sql()
    # equal words are equal types; of others only a different base type is certain
    question = f"""
        SELECT CASE WHEN format_type(atttypid, atttypmod) = %s THEN true
                    WHEN atttypid <> to_regtype(%s) THEN false END {_COLUMN}
        UNION ALL SELECT false LIMIT 1"""
    sentence = f"column {op.table}.{op.column} is {written}"
    return (Fact(about, sentence, question, (written, written, op.table.sql(), op.column)),)


@_facts.register
def _(op: o.SetNotNull, before: Schema) -> tuple[Fact, ...]:
    return (_nullable(before, op.table, op.column, False),)


@_facts.register
def _(op: o.DropNotNull, before: Schema) -> tuple[Fact, ...]:
    return (_nullable(before, op.table, op.column, True),)


@_facts.register
def _(op: o.AddIdentity, before: Schema) -> tuple[Fact, ...]:
    about = _key(before, "table", op.table, "column", op.column, "identity")
    question = f"SELECT EXISTS (SELECT {_COLUMN} AND attidentity <> '')"
    return (Fact(about, f"column {op.table}.{op.column} is an identity", question, (op.table.sql(), op.column)),)


@_facts.register
def _(op: o.DropIdentity, before: Schema) -> tuple[Fact, ...]:
    about = _key(before, "table", op.table, "column", op.column, "identity")
    question = f"SELECT NOT EXISTS (SELECT {_COLUMN} AND attidentity <> '')"
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
    return (_constraint(before, op.table, name, valid=getattr(constraint, "valid", True)),)


@_facts.register
def _(op: o.ValidateConstraint, before: Schema) -> tuple[Fact, ...]:
    return (_constraint(before, op.table, op.name, valid=True),)


@_facts.register
def _(op: o.DropConstraint, before: Schema) -> tuple[Fact, ...]:
    return (_no_constraint(before, op.table, op.name),)


@_facts.register
def _(op: o.RenameConstraint, before: Schema) -> tuple[Fact, ...]:
    return (
        _no_constraint(before, op.table, op.name),
        _constraint(before, op.table, op.new_name, valid=False),
    )


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
    return (Fact(_key(before, "index", index), f"index {index} on {op.table} is valid", question, values),)


@_facts.register
def _(op: o.DropIndex, before: Schema) -> tuple[Fact, ...]:
    return (_object(before, "INDEX", op.index, _OBJECT_KINDS["INDEX"], there=False),)


@_facts.register
def _(op: o.RenameIndex, before: Schema) -> tuple[Fact, ...]:
    kinds = _OBJECT_KINDS["INDEX"]
    return (
        _object(before, "INDEX", op.index, kinds, there=False),
        _object(before, "INDEX", op.index.beside(op.new_name), kinds, there=True),
    )


@_facts.register
def _(op: o.CreateEnum, before: Schema) -> tuple[Fact, ...]:
    return (_type(before, op.type.name, there=True),)


@_facts.register
def _(op: o.AddEnumValue, before: Schema) -> tuple[Fact, ...]:
    return (_label(before, op.type, op.value, there=True),)


@_facts.register
def _(op: o.RenameEnumValue, before: Schema) -> tuple[Fact, ...]:
    return (_label(before, op.type, op.value, there=False), _label(before, op.type, op.new_value, there=True))


@_facts.register
def _(op: o.RenameType, before: Schema) -> tuple[Fact, ...]:
    return (_type(before, op.type, there=False), _type(before, op.type.beside(op.new_name), there=True))


@_facts.register(sync.CreateSyncFunction)
@_facts.register(sync.CreateFillFunction)
def _(op: sync.CreateSyncFunction, before: Schema) -> tuple[Fact, ...]:
    about = _key(before, "function", op.function)
    body = " ".join(op.sql().partition(" AS $")[2].partition("$")[2].rpartition("$safemigrate")[0].split())
    question = r"""
        SELECT EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure(%s)
                       AND btrim(regexp_replace(prosrc, '\s+', ' ', 'g')) = %s)"""
    return (Fact(about, f"function {op.function} is ours", question, (f"{op.function.sql()}()", body)),)


@_facts.register
def _(op: sync.CreateSyncTrigger, before: Schema) -> tuple[Fact, ...]:
    return (_trigger(before, op.table, op.trigger, there=True),)


@_facts.register
def _(op: o.CreateObject, before: Schema) -> tuple[Fact, ...] | None:
    if op.or_replace:
        # the name may stand for an older text
        return None
    if op.kind == "TRIGGER" and op.table is not None:
        return (_trigger(before, op.table, op.name.name, there=True),)
    if op.kind == "SCHEMA":
        return (_schema(op.name, there=True),)
    if op.kind == "EXTENSION":
        return (_extension(op.name, there=True),)
    kinds = _OBJECT_KINDS.get(op.kind)
    return (_object(before, op.kind, op.name, kinds, there=True),) if kinds else None


@_facts.register
def _(op: o.DropObject, before: Schema) -> tuple[Fact, ...] | None:
    if op.kind == "TRIGGER" and op.table is not None:
        return (_trigger(before, op.table, op.name.name, there=False),)
    if op.kind == "SCHEMA":
        return (_schema(op.name, there=False),)
    if op.kind == "EXTENSION":
        return (_extension(op.name, there=False),)
    if op.kind in ("TYPE", "DOMAIN"):
        return (_type(before, op.name, there=False),)
    if op.kind == "FUNCTION":
        signature = op.name.sql() + (op.signature or "()")
        question = "SELECT to_regprocedure(%s) IS NULL"
        about = _key(before, "function", op.name)
        return (Fact(about, f"function {op.name} is gone", question, (signature,), gone=True),)
    kinds = _OBJECT_KINDS.get(op.kind)
    return (_object(before, op.kind, op.name, kinds, there=False),) if kinds else None


def _schema(name: Name, *, there: bool) -> Fact:
    question = f"SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %s) = {there}"
    sentence = f"schema {name} {'exists' if there else 'is gone'}"
    return Fact(("schema", name.name), sentence, question, (name.name,), gone=not there)


def _extension(name: Name, *, there: bool) -> Fact:
    question = f"SELECT EXISTS (SELECT FROM pg_extension WHERE extname = %s) = {there}"
    sentence = f"extension {name} {'exists' if there else 'is gone'}"
    return Fact(("extension", name.name), sentence, question, (name.name,), gone=not there)
