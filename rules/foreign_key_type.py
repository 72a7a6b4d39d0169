"""foreign-key-type: see foreign_key_type.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import constraints_of
from safemigrate.schema import ForeignKey, Name, Schema, Type
from safemigrate.schema.operations import AddColumn, AddForeignKey, CreateTable

INTEGERS = ("smallint", "integer", "bigint")
#: types of one family are compared with one another, and with no other of these families
_FAMILIES = (
    INTEGERS,
    ("text", "character varying", "character"),
    ("uuid",),
    ("boolean",),
    ("bytea",),
    ("date", "timestamp without time zone", "timestamp with time zone"),
)


def check(site: Site) -> Iterable[Hit]:
    """Columns of a key that cannot be compared with those they refer to, or cannot hold all of their values."""
    op = site.operation
    assert isinstance(op, AddColumn | AddForeignKey | CreateTable)
    for key in constraints_of(op):
        if isinstance(key, ForeignKey):
            yield from _compared(op.table, key, site.operations[0].after)


def _compared(table: Name, key: ForeignKey, schema: Schema) -> Iterator[Hit]:
    target = schema.table(key.referenced)
    targets = key.referenced_columns or (target.primary_key if target else ())
    for column, referenced in zip(key.columns, targets, strict=False):
        one, other = schema.column(table, column).type, schema.column(key.referenced, referenced).type
        if one is None or other is None or one.dimensions or other.dimensions:
            continue
        pair = f"{table}.{column} is {one.sql()}, {key.referenced}.{referenced} is {other.sql()}"
        certain = one.certain and other.certain
        if _apart(one, other):
            yield Hit(
                frozenset({Hazard.FAILS}), certain=certain, message=f"{pair}: PostgreSQL cannot compare the two."
            )
        elif _narrower(one, other):
            yield Hit(frozenset({Hazard.ADVICE}), message=f"{pair}: the key runs out of numbers before its parent.")


def _apart(one: Type, other: Type) -> bool:
    families = [next((family for family in _FAMILIES if type_.name in family), None) for type_ in (one, other)]
    return None not in families and families[0] is not families[1]


def _narrower(one: Type, other: Type) -> bool:
    return one.name in INTEGERS and other.name in INTEGERS and INTEGERS.index(one.name) < INTEGERS.index(other.name)
