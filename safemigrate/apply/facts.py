"""Facts about a database, each with the question that tells whether it holds."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema import Name, Schema

About = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence about one object, and the question that tells whether it holds: true, false, or NULL for unknown.

    A later fact about the same object takes its place; one that says *gone* takes with it all about its parts, and
    about what it *takes*.
    Facts are compared and kept in dicts, so that an array among *values* is a tuple.
    """

    about: About
    sentence: str
    question: str
    values: tuple[object, ...]
    gone: bool = False
    takes: frozenset[About] = frozenset()


COLUMN = "FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s AND attnum > 0 AND NOT attisdropped"
_CONSTRAINT = "FROM pg_constraint WHERE conrelid = to_regclass(%s) AND conname = %s"
_TRIGGER = "FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = %s AND NOT tgisinternal"
_RELATION = "FROM pg_class WHERE oid = to_regclass(%s) AND relkind = ANY (%s)"
_TABLE_KINDS = ("r", "p", "f")
OBJECT_KINDS = {"VIEW": ("v",), "MATERIALIZED VIEW": ("m",), "SEQUENCE": ("S",), "INDEX": ("i", "I")}


def key(before: Schema, kind: str, name: Name, *parts: str) -> About:
    resolved = before.resolve(name)
    return (kind, resolved.schema or "", resolved.name, *parts)


def table_exists(before: Schema, table: Name) -> Fact:
    about = key(before, "table", table)
    return Fact(about, f"table {table} exists", f"SELECT EXISTS (SELECT {_RELATION})", (table.sql(), _TABLE_KINDS))


def no_table(before: Schema, table: Name) -> Fact:
    about = key(before, "table", table)
    question = f"SELECT NOT EXISTS (SELECT {_RELATION})"
    return Fact(about, f"table {table} is gone", question, (table.sql(), _TABLE_KINDS), gone=True)


def column_exists(before: Schema, table: Name, column: str) -> Fact:
    about = key(before, "table", table, "column", column)
    sentence = f"column {table}.{column} exists"
    return Fact(about, sentence, f"SELECT EXISTS (SELECT {COLUMN})", (table.sql(), column))


def no_column(before: Schema, table: Name, column: str) -> Fact:
    about = key(before, "table", table, "column", column)
    sentence = f"column {table}.{column} is gone"
    return Fact(about, sentence, f"SELECT NOT EXISTS (SELECT {COLUMN})", (table.sql(), column), gone=True)


def column_of_type(before: Schema, table: Name, column: str, written: str) -> Fact:
    """The type is asked for by name, so that aliases are PostgreSQL's business; its arguments are not compared."""
    about = key(before, "table", table, "column", column, "type")
    question = f"SELECT coalesce((SELECT coalesce(atttypid = to_regtype(%s), true) {COLUMN}), false)"
    return Fact(about, f"column {table}.{column} is {written}", question, (written, table.sql(), column))


def column_nullable(before: Schema, table: Name, column: str, nullable: bool) -> Fact:
    about = key(before, "table", table, "column", column, "nullable")
    question = f"SELECT coalesce((SELECT attnotnull <> %s {COLUMN}), false)"
    sentence = f"column {table}.{column} is {'nullable' if nullable else 'NOT NULL'}"
    return Fact(about, sentence, question, (nullable, table.sql(), column))


def constraint(before: Schema, table: Name, name: str, *, valid: bool) -> Fact:
    about = key(before, "table", table, "constraint", name)
    question = f"SELECT EXISTS (SELECT {_CONSTRAINT} AND (convalidated OR NOT %s))"
    sentence = f"constraint {name} on {table} is {'valid' if valid else 'there'}"
    return Fact(about, sentence, question, (table.sql(), name, valid))


def no_constraint(before: Schema, table: Name, name: str) -> Fact:
    about = key(before, "table", table, "constraint", name)
    question = f"SELECT NOT EXISTS (SELECT {_CONSTRAINT})"
    return Fact(about, f"constraint {name} on {table} is gone", question, (table.sql(), name), gone=True)


def relation(before: Schema, kind: str, name: Name, kinds: tuple[str, ...], *, there: bool) -> Fact:
    about = key(before, kind.lower(), name)
    question = f"SELECT {'' if there else 'NOT '}EXISTS (SELECT {_RELATION})"
    sentence = f"{kind.lower()} {name} {'exists' if there else 'is gone'}"
    return Fact(about, sentence, question, (name.sql(), kinds), gone=not there)


def partition(before: Schema, table: Name, child: Name, *, there: bool) -> Fact:
    about = key(before, "partition", child)
    inherits = "SELECT FROM pg_inherits WHERE inhrelid = to_regclass(%s) AND inhparent = to_regclass(%s)"
    sentence = f"{child} is {'a' if there else 'no'} partition of {table}"
    question = f"SELECT {'' if there else 'NOT '}EXISTS ({inherits})"
    return Fact(about, sentence, question, (child.sql(), table.sql()), gone=not there)


def trigger(before: Schema, table: Name, name: str, *, there: bool) -> Fact:
    about = key(before, "table", table, "trigger", name)
    enabled = " AND tgenabled <> 'D'" if there else ""
    question = f"SELECT {'' if there else 'NOT '}EXISTS (SELECT {_TRIGGER}{enabled})"
    sentence = f"trigger {name} on {table} is {'enabled' if there else 'gone'}"
    return Fact(about, sentence, question, (table.sql(), name), gone=not there)


def type_exists(before: Schema, name: Name, *, there: bool) -> Fact:
    about = key(before, "type", name)
    sentence = f"type {name} {'exists' if there else 'is gone'}"
    return Fact(about, sentence, f"SELECT (to_regtype(%s) IS NOT NULL) = {there}", (name.sql(),), gone=not there)


def label(before: Schema, name: Name, label: str, *, there: bool) -> Fact:
    about = key(before, "type", name, "label", label)
    labels = "SELECT FROM pg_enum WHERE enumtypid = to_regtype(%s) AND enumlabel = %s"
    question = f"SELECT {'' if there else 'NOT '}EXISTS ({labels})"
    sentence = f"label '{label}' of {name} is {'there' if there else 'gone'}"
    return Fact(about, sentence, question, (name.sql(), label), gone=not there)


def schema_exists(name: Name, *, there: bool) -> Fact:
    question = f"SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %s) = {there}"
    sentence = f"schema {name} {'exists' if there else 'is gone'}"
    return Fact(("schema", name.name), sentence, question, (name.name,), gone=not there)


def extension(name: Name, *, there: bool) -> Fact:
    question = f"SELECT EXISTS (SELECT FROM pg_extension WHERE extname = %s) = {there}"
    sentence = f"extension {name} {'exists' if there else 'is gone'}"
    return Fact(("extension", name.name), sentence, question, (name.name,), gone=not there)
