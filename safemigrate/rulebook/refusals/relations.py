"""What has a name: PostgreSQL keeps tables, views, sequences and indexes of a schema apart by their names alone."""

from __future__ import annotations

from safemigrate.schema import Name, Schema
from safemigrate.schema.after.changes import made
from safemigrate.schema.schema import TEMPORARY

TABLE, VIEW, MATERIALIZED_VIEW, SEQUENCE, INDEX = "table", "view", "materialized view", "sequence", "index"


def relation(schema: Schema, name: Name) -> str | None:
    """What kind of relation has the name, None where the history made none of it. A type is none."""
    table = schema.table(name)
    if table is not None:
        return TABLE if table.known else None
    view = schema.view(name)
    if view is not None:
        return MATERIALIZED_VIEW if view.materialized else VIEW
    if ("SEQUENCE", schema.resolve(name)) in schema.objects:
        return SEQUENCE
    return INDEX if _is_index(schema, name) else None


def relation_to_be(schema: Schema, name: Name, *, temporary: bool = False) -> str | None:
    """What kind of relation has the full name that a CREATE would give."""
    return relation(schema, _full(schema, name, temporary=temporary))


def type_to_be(schema: Schema, name: Name, *, temporary: bool = False) -> str | None:
    """What kind of type has the full name that a CREATE would give, None where the history made none of it.

    Every table and view is a type, too.
    """
    full = _full(schema, name, temporary=temporary)
    if full in schema.enums:
        return "type"
    if full in schema.domains:
        return "domain"
    return "type" if ("TYPE", full) in schema.objects else None


def an(kind: str) -> str:
    """The kind with its article."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _full(schema: Schema, name: Name, *, temporary: bool) -> Name:
    full = made(name, schema, temporary=temporary)
    # a path that is empty makes nothing anywhere
    return full if full.schema else Name(name.name, TEMPORARY)


def _is_index(schema: Schema, name: Name) -> bool:
    resolved = schema.resolve(name)
    table = schema.index_table(Name(name.name, resolved.schema))
    if table is not None:
        return True
    return any(
        name.name in view.indexes and view.name.schema == resolved.schema
        for view in schema.views.values()
        if view.materialized
    )
