"""Enums that lose or rename a label: the revision by which a new type and new columns take their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from safemigrate.rulebook.net import begun
from safemigrate.rulebook.objects import of_type
from safemigrate.rulebook.site import Site
from safemigrate.schema import EnumType, Name, Schema, Type
from safemigrate.schema.name import literal, quoted
from safemigrate.schema.operations import ChangeType

#: what such a revision does, as the beginning of a sentence that ends with it
BESIDE_THE_ENUM = (
    "Give the new labels a type and a column with names of their own, which split then keeps in step with the old one"
)

#: a table, and the column of it that is of an enum
_Place = tuple[Name, str]
#: the value of a new column, from the old one's name and the new type's
_Value = Callable[[str, str], str]


def enum_of(schema: Schema, type_: Type | None) -> EnumType | None:
    """The enum that a column of *type_* holds labels of; None for an array of them, too."""
    if type_ is None or type_.dimensions:
        return None
    return next((enum for name, enum in schema.enums.items() if of_type(schema, type_, name)), None)


def in_place_of_a_rename(site: Site, type_: Name, *, value: str, new_value: str) -> str:
    """The statements that give *new_value* a type and columns of its own, "" where not every column can follow."""
    start = begun(site)
    old = start.enums.get(start.resolve(type_))
    if old is None:
        return ""
    places = _places(start, old)
    if not places or any(enum_of(start, start.column(*place).type) != old for place in places):
        return ""
    labels = tuple(new_value if label == value else label for label in old.labels)
    new = replace(old, name=_free(start, old.name), labels=labels)
    return _revision(start, old, new, dict.fromkeys(places, _renamed(value, new_value)))


def in_place_of_a_change(site: Site, op: ChangeType, after: Schema) -> str:
    """The statements that give the labels of *op*'s type columns of their own, "" where it is not enum for enum."""
    start = begun(site)
    old, new = enum_of(start, start.column(op.table, op.column).type), enum_of(after, op.type)
    if old is None or new is None:
        return ""
    if new.name == old.name:
        new = replace(new, name=_free(start, old.name))
    values = {
        (start.resolve(change.table), change.column): _as_written(change)
        for placed in site.run.operations
        if isinstance(change := placed.operation, ChangeType)
        and enum_of(start, start.column(change.table, change.column).type) == old
    }
    return _revision(start, old, new, values)


def _renamed(value: str, new_value: str) -> _Value:
    return lambda column, type_: (
        f"CASE {column} WHEN {literal(value)} THEN {literal(new_value)} ELSE {column}::text END::{type_}"
    )


def _as_written(op: ChangeType) -> _Value:
    """What USING says, with the cast at its end to the name that the type is to have."""
    cast = f"::{op.type.sql()}"
    if op.using is None or not op.using.sql().endswith(cast):
        return lambda column, type_: f"{column}::text::{type_}"
    written = op.using.sql().removesuffix(cast)
    return lambda _, type_: f"{written}::{type_}"


def _revision(start: Schema, old: EnumType, new: EnumType, values: Mapping[_Place, _Value]) -> str:
    new = replace(new, name=_said(start, new.name))
    statements = [] if start.resolve(new.name) in start.enums else [new.sql()]
    for (table, column), value in values.items():
        said, before, after = _said(start, table), quoted(column), quoted(f"{column}_new")
        statements += [
            f"ALTER TABLE {said} ADD COLUMN {after} {new.name}",
            f"UPDATE {said} SET {after} = {value(before, new.name.sql())}",
            f"ALTER TABLE {said} DROP COLUMN {before}",
        ]
    if frozenset(values) == frozenset(_places(start, old)):
        statements.append(f"DROP TYPE {_said(start, old.name)}")
    return " ".join(f"{statement};" for statement in statements)


def _places(schema: Schema, enum: EnumType) -> tuple[_Place, ...]:
    """The columns of the enum and of arrays of it. A partition, and what inherits, has those of its parent."""
    return tuple(
        (table.name, column.name)
        for table in schema.tables.values()
        if table.partition_of is None and not table.parents
        for column in table.columns.values()
        if of_type(schema, column.type, enum.name)
    )


def _free(schema: Schema, name: Name) -> Name:
    """A name that no enum has yet."""
    longer = name.beside(f"{name.name}_new")
    return _free(schema, longer) if longer in schema.enums else longer


def _said(schema: Schema, name: Name) -> Name:
    """*name* without its schema, where the search path finds the same."""
    short = Name(name.name)
    return short if schema.resolve(short) == name else name
