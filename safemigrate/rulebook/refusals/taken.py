"""Names that are taken: by another relation or type of the schema, or beside it on its table."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook.calls import same_result
from safemigrate.rulebook.refusals.relations import (
    INDEX,
    MATERIALIZED_VIEW,
    TABLE,
    VIEW,
    an,
    relation,
    relation_to_be,
    type_to_be,
)
from safemigrate.schema import Answer, Name, Operation, Schema
from safemigrate.schema import operations as o
from safemigrate.schema.model import Exclusion, PrimaryKey, Unique
from safemigrate.schema.name import literal, quoted
from safemigrate.schema.objects import same_arguments


def taken(op: Operation, before: Schema) -> Iterator[str]:
    """The reasons why the operation cannot give the name that it gives."""
    match op:
        case o.CreateTable(if_not_exists=False):
            yield from _relation(before, op.table, temporary=op.temporary, typed=True)
        case o.CreateView():
            yield from _view(op, before)
        case o.CreateFunction():
            yield from _function(op, before)
        case o.CreateEnum(type=made):
            yield from _type(before, made.name)
        case o.CreateObject(kind="TYPE" | "DOMAIN"):
            yield from _type(before, op.name)
        case o.CreateObject(kind="SEQUENCE", if_not_exists=False):
            yield from _relation(before, op.name, temporary=op.temporary)
        case o.CreateObject(kind="SCHEMA" | "PUBLICATION" | "EXTENSION", if_not_exists=False):
            if (op.kind, before.resolve(op.name)) in before.objects or (op.kind, op.name) in before.objects:
                yield f"There is {an(op.kind.lower())} {op.name} already."
        case o.CreateTrigger(table=Name() as table, or_replace=False):
            yield from _on_table(before, table, "trigger", op.name.name)
        case o.CreatePolicy(table=Name() as table):
            yield from _on_table(before, table, "policy", op.name.name)
        case o.CreateIndex(if_not_exists=False) if op.index.name:
            beside = before.resolve(op.table)
            yield from _relation(before, Name(op.index.name, beside.schema))
        case o.AddConstraint():
            yield from _constraint(op, before)
        case o.AddEnumValue(if_not_exists=False) | o.RenameEnumValue():
            yield from _label(op, before)
        case _:
            yield from _renamed(op, before)


def _renamed(op: Operation, before: Schema) -> Iterator[str]:
    match op:
        case o.RenameTable(table=old, new_name=new) | o.RenameIndex(index=old, new_name=new):
            yield from _moved(before, old, new)
        case o.RenameObject(kind="VIEW" | "MATERIALIZED VIEW" | "SEQUENCE", name=old, new_name=new):
            yield from _moved(before, old, new)
        case o.MoveTable(table=old, new_schema=schema):
            if (kind := relation(before, Name(old.name, schema))) is not None:
                yield f"There is {an(kind)} {Name(old.name, schema)} already."
        case o.RenameType(type=old, new_name=new):
            yield from _type(before, Name(new, before.resolve(old).schema))
        case o.RenameColumn(table=table, new_name=new):
            if before.has_column(table, new) is Answer.YES:
                yield f"{table} has a column {quoted(new)} already."
        case o.RenameConstraint(table=table, new_name=new):
            known = before.table(table)
            if known is not None and new in known.constraints:
                yield f"{table} has a constraint {quoted(new)} already."
        case _:
            return


def _relation(before: Schema, name: Name, *, temporary: bool = False, typed: bool = False) -> Iterator[str]:
    kind = relation_to_be(before, name, temporary=temporary)
    if kind is None and typed:
        kind = type_to_be(before, name, temporary=temporary)
    if kind is not None:
        yield f"There is {an(kind)} {name} already."


def _moved(before: Schema, old: Name, new: str) -> Iterator[str]:
    if relation(before, old) is None:
        # whatever it is, in which schema it stands is not known
        return
    owner = before.index_table(old) if relation(before, old) == INDEX else None
    schema = owner.name.schema if owner is not None else before.resolve(old).schema
    yield from _relation(before, Name(new, schema))


def _type(before: Schema, name: Name) -> Iterator[str]:
    kind = type_to_be(before, name) or relation_to_be(before, name)
    if kind in (TABLE, VIEW, MATERIALIZED_VIEW):
        yield f"There is {an(kind)} {name} already, and its rows are a type of that name."
    elif kind is not None and kind != INDEX:
        yield f"There is {an(kind)} {name} already."


def _view(op: o.CreateView, before: Schema) -> Iterator[str]:
    kind = relation_to_be(before, op.name, temporary=op.temporary)
    replaces = op.or_replace and kind == VIEW
    if kind is not None and not (replaces or op.if_not_exists):
        yield f"There is {an(kind)} {op.name} already{', and no view takes its place' if op.or_replace else ''}."


def _function(op: o.CreateFunction, before: Schema) -> Iterator[str]:
    known = next(iter(before.overloads(op.name, op.arguments)), None)
    if known is None or not same_arguments(known.arguments, op.arguments).certain:
        return
    written = f"{op.name}({', '.join(op.arguments)})"
    if not op.or_replace:
        yield f"There is {an(known.kind.lower())} {written} already."
    elif known.kind != op.kind:
        yield f"{written} is {an(known.kind.lower())}, and {an(op.kind.lower())} does not take its place."
    elif same_result(known.returns, op.returns) is Answer.NO:
        yield f"{written} returns {known.returns}, and OR REPLACE cannot make that {op.returns}: drop it before."


def _on_table(before: Schema, table: Name, what: str, name: str) -> Iterator[str]:
    known = before.table(table)
    if known is not None and name in (known.triggers if what == "trigger" else known.policies):
        yield f"{table} has a {what} {quoted(name)} already."


def _constraint(op: o.AddConstraint, before: Schema) -> Iterator[str]:
    name, known = op.constraint.name, before.table(op.table)
    if not name or known is None:
        return
    indexed = isinstance(op.constraint, Unique | PrimaryKey | Exclusion)
    if name in known.constraints:
        yield f"{op.table} has a constraint {quoted(name)} already."
    elif indexed and name != getattr(op.constraint, "index", None):
        yield from _relation(before, Name(name, before.resolve(op.table).schema))


def _label(op: o.AddEnumValue | o.RenameEnumValue, before: Schema) -> Iterator[str]:
    known = before.enums.get(before.resolve(op.type))
    new = op.value if isinstance(op, o.AddEnumValue) else op.new_value
    if known is not None and new in known.labels:
        yield f"{op.type} has a label {literal(new)} already."
