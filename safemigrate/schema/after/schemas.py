"""Whole schemas: dropped and renamed with all that is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from safemigrate.schema.after.changes import repointed, without_views
from safemigrate.schema.after.tables import without_table
from safemigrate.schema.constraints import without
from safemigrate.schema.name import Name
from safemigrate.schema.schema import Schema

Value = TypeVar("Value")


def without_schema(schema: Schema, gone: str) -> Schema:
    """The schema without what stands in the schema *gone*, and what depends on that.

    DROP SCHEMA without CASCADE is refused where anything stands in it.
    """
    for name in tuple(schema.tables):
        if name.schema == gone and name in schema.tables:
            schema = without_table(schema, name, cascade=True)
    schema = without_views(schema, tuple(view for view in schema.views.values() if view.name.schema == gone))
    objects = {
        (kind, name): born
        for (kind, name), born in schema.objects.items()
        if name.schema != gone and not (kind == "SCHEMA" and name.name == gone)
    }
    return replace(
        schema,
        enums=_outside(schema.enums, gone),
        domains=_outside(schema.domains, gone),
        functions=_outside(schema.functions, gone),
        objects=objects,
    )


def _outside(mapping: Mapping[Name, Value], gone: str) -> dict[Name, Value]:
    return {name: value for name, value in mapping.items() if name.schema != gone}


def renamed_schema(schema: Schema, old: str, new: str) -> Schema:
    """The schema with all that stands in the schema *old* under *new*. A search path goes on with the old name."""
    under = partial(_under, old=old, new=new)
    for name in tuple(schema.tables):
        if name.schema == old:
            table = replace(schema.tables[name], name=under(name))
            tables = {**without(schema.tables, name), table.name: table}
            schema = repointed(replace(schema, tables=tables), name, table.name)
    for name in tuple(schema.views):
        if name.schema == old:
            view = replace(schema.views[name], name=under(name))
            views = {**without(schema.views, name), view.name: view}
            schema = repointed(replace(schema, views=views), name, view.name)
    return replace(
        schema,
        enums={under(name): replace(enum, name=under(name)) for name, enum in schema.enums.items()},
        domains={under(name): replace(domain, name=under(name)) for name, domain in schema.domains.items()},
        functions={
            under(name): tuple(replace(f, name=under(name)) for f in found)
            for name, found in schema.functions.items()
        },
        objects={
            (kind, Name(new, name.schema) if kind == "SCHEMA" and name.name == old else under(name)): born
            for (kind, name), born in schema.objects.items()
        },
    )


def _under(name: Name, old: str, new: str) -> Name:
    return Name(name.name, new) if name.schema == old else name
