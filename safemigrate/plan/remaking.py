"""What was dropped is made again, as far as the schema knows how it was: a table without its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from safemigrate.schema import Column, ForeignKey, Operation, PrimaryKey, Schema, Table, Unique, remarks
from safemigrate.schema import operations as o
from safemigrate.schema.made import key_of
from safemigrate.schema.model import Check, Constraint, NotNullConstraint
from safemigrate.schema.name import Name
from safemigrate.schema.objects import same_arguments
from safemigrate.schema.privileges import given
from safemigrate.sql import read

_ATTACHED = ("TRIGGER", "POLICY")
_CREATE = re.compile(r"\A(\s*CREATE)\s+(?!OR\s)(FUNCTION|PROCEDURE)", re.IGNORECASE)


def remade(op: o.DropObject, before: Schema) -> tuple[Operation, ...] | None:
    """The object that *op* drops; None where nobody knows how it was made, or what goes with it."""
    if op.cascade or op.text:
        return None
    if op.kind == "TYPE" and (enum := before.enums.get(before.resolve(op.name))) is not None:
        return (o.CreateEnum(replace(enum, name=op.name)), *_granted(op.name, before))
    made = tuple(each for text in before.made.get(key_of(op, before), ()) for each in read(text))
    if not made or not _is_called_so(op, made[0]):
        return None
    indexed = before.views.get(before.resolve(op.name))
    if indexed is not None and indexed.indexes:
        return (*made, *(o.CreateIndex(op.name, index) for index in indexed.indexes.values()))
    return made


def function_again(op: o.CreateFunction, before: Schema) -> tuple[Operation, ...] | None:
    """The function as it was, in the place of *op*: triggers may call it. None where that is not known."""
    if len(before.functions_named(op.name)) != 1:
        return None
    made = remade(o.DropObject(op.kind, op.name), before)
    if made is None or not isinstance(made[0], o.CreateFunction):
        return None
    return (*in_place(made[0]), *made[1:])


def in_place(op: o.CreateFunction) -> tuple[Operation, ...]:
    """*op* so that it takes the place of the function that is there."""
    return read(_CREATE.sub(r"\1 OR REPLACE \2", op.sql(), count=1))


def is_read(name: Name, schema: Schema) -> bool:
    """Whether a view reads the table or view, so that it cannot go."""
    return any(schema.resolve(name) in view.tables for view in schema.views.values())


def _is_called_so(op: o.DropObject, made: Operation) -> bool:
    if not isinstance(made, o.CreateFunction) or op.arguments is None:
        return True
    return same_arguments(op.arguments, made.arguments).certain


def _granted(name: Name, before: Schema) -> tuple[Operation, ...]:
    return given("TYPE", name, before.grants.get(("TYPE", before.resolve(name)), ()))


def remade_table(op: o.DropTable, before: Schema) -> tuple[Operation, ...] | None:
    """The table that *op* drops, empty, with all that was on it; None where nobody knows all of that."""
    table = before.table(op.table)
    if op.cascade or table is None or not _is_plain(table):
        return None
    if any(table.name in publication.tables for publication in before.publications.values()):
        # which of its rows and columns were sent is not known
        return None
    made = o.CreateTable(
        op.table,
        tuple(replace(column, tuning=(), comment=None) for column in table.columns.values()),
        tuple(_whole(each) for each in table.constraints.values() if _is_made_with_it(each)),
    )
    named = replace(table, name=op.table)
    attached = [remade(o.DropObject(kind, Name(name), table=op.table), before) for kind, name in _attached(table)]
    if None in attached:
        return None
    return (
        # what its parts do not say stands in the text
        *read(made.sql()),
        *_beside(op.table, table),
        *(each for made_again in attached for each in made_again or ()),
        *(each for column in table.columns.values() for each in remarks.endowed(op.table, column)),
        *given("TABLE", op.table, table.grants),
        *([remarks.comment("TABLE", op.table, op.table, table.comment)] if table.comment is not None else []),
        *(
            each
            for kind, name in table.comments
            if kind not in _ATTACHED
            for each in remarks.said_of(named, kind, name)
        ),
    )


def _is_plain(table: Table) -> bool:
    related = table.partitioned or table.partition_of or table.parents or table.of or table.temporary
    return table.known and not related and all(_is_known(column) for column in table.columns.values())


def _is_known(column: Column) -> bool:
    return column.known and column.type is not None and not column.options


def _is_made_with_it(constraint: Constraint) -> bool:
    # a NOT NULL with a name stands beside its column
    return not isinstance(constraint, NotNullConstraint) and getattr(constraint, "valid", True)


def _whole(constraint: Constraint) -> Constraint:
    return replace(constraint, index=None) if isinstance(constraint, Unique | PrimaryKey) else constraint


def _beside(name: Name, table: Table) -> Iterator[Operation]:
    """What CREATE TABLE does not say."""
    if table.unlogged:
        yield o.SetLogged(name, logged=False)
    for constraint in table.constraints.values():
        if isinstance(constraint, Check) and not constraint.valid:
            yield o.AddCheck(name, constraint)
        elif isinstance(constraint, ForeignKey) and not constraint.valid:
            yield o.AddForeignKey(name, constraint)
    for index in table.indexes.values():
        if index.name not in table.constraints:
            yield o.CreateIndex(name, index)
    if table.replica_identity != "DEFAULT":
        identity, _, index_name = table.replica_identity.partition(" ")
        yield o.SetReplicaIdentity(name, identity, index_name or None)
    if table.row_security:
        yield o.SetRowSecurity(name, "ENABLE")
    if table.forced:
        yield o.SetRowSecurity(name, "FORCE")


def _attached(table: Table) -> Iterator[tuple[str, str]]:
    yield from (("TRIGGER", name) for name in table.triggers)
    yield from (("POLICY", name) for name in table.policies)
