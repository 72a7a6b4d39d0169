"""Indexes that their method does not offer: over types that it knows nothing of, unique, or of several columns."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.schema import Index, Name, Operation, Schema
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted

# the methods that PostgreSQL brings, and what they can do (pg_indexam_has_property)
_UNIQUE = ("btree",)
_SEVERAL = ("btree", "gist", "gin", "brin")
_INCLUDING = ("btree", "gist", "spgist")
_KNOWN = ("btree", "hash", "gist", "gin", "brin", "spgist")
_RANGES = frozenset(
    f"{of}{kind}" for of in ("int4", "int8", "num", "ts", "tstz", "date") for kind in ("range", "multirange")
)
_SCALARS = frozenset(
    """
    bigint boolean bytea character date integer money numeric oid real smallint text uuid inet cidr interval macaddr
    """.split()
) | {
    "character varying",
    "double precision",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
}
#: the extension without which the method has nothing for the type, empty where no extension is known to have it;
#: asked of a server by the cases of tests/rules/refused_cases.py
_NOTHING = {
    "gin": {**dict.fromkeys(_SCALARS, "btree_gin"), "json": "", **dict.fromkeys(_RANGES, "")},
    "gist": {**dict.fromkeys(_SCALARS, "btree_gist"), "json": "", "jsonb": ""},
    "hash": {"json": "", "point": ""},
    "brin": {"json": "", "jsonb": "", "boolean": "", "tsvector": ""},
}


def unindexable(op: Operation, before: Schema) -> Iterator[str]:
    """The reasons why the method of an index cannot have it."""
    if not isinstance(op, o.CreateIndex) or op.index.method not in _KNOWN:
        return
    index = op.index
    if index.unique and index.method not in _UNIQUE:
        yield f"A {index.method} index cannot be unique."
    if len(index.elements) > 1 and index.method not in _SEVERAL:
        yield f"A {index.method} index is over one column, and not over {len(index.elements)}."
    if index.include and index.method not in _INCLUDING:
        yield f"A {index.method} index includes no other columns."
    for column in _plain(index):
        yield from _without_class(op.table, column, index.method, before)


def _plain(index: Index) -> Iterator[str]:
    """The columns that stand without an operator class, whatever order they have."""
    for column in index.columns:
        if column in index.elements or quoted(column) in index.elements:
            yield column


def _without_class(table: Name, column: str, method: str, before: Schema) -> Iterator[str]:
    type_ = before.below(before.column(table, column).type)
    if type_ is None or type_.dimensions or type_.schema is not None or not type_.certain:
        return
    extension = _NOTHING.get(method, {}).get(type_.name)
    if extension is None or ("EXTENSION", Name(extension)) in before.objects:
        return
    help_ = f" without the extension {extension} or an operator class" if extension else ""
    yield f"{quoted(column)} is {type_.sql()}, of which a {method} index knows nothing{help_}."
