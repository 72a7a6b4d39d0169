"""What roles may do with tables, their columns, and other objects, as far as the history granted it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from safemigrate.schema import operations as o
from safemigrate.schema.after.changes import changed
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.attached import Granted
from safemigrate.schema.model import Table, unknown_column
from safemigrate.schema.name import Name
from safemigrate.schema.privileges import expanded, others
from safemigrate.schema.schema import Schema

Grants = frozenset[Granted]


@moved.register
def _(op: o.Grant, schema: Schema) -> Schema:
    return _granted(op, schema, _with)


@moved.register
def _(op: o.Revoke, schema: Schema) -> Schema:
    return _granted(op, schema, _without)


def _granted(op: o.Grant, schema: Schema, change: Callable[[Grants, o.Grant, Iterable[str]], Grants]) -> Schema:
    if op.on in ("TABLE", "ALL TABLES IN SCHEMA"):
        for name in _tables(op, schema):
            schema = changed(schema, name, lambda table: _changed(table, op, change))
        return schema
    for key in others(op, schema):
        found = change(schema.grants.get(key, frozenset()), op, expanded(op.privileges, key[0]))
        schema = replace(schema, grants={**schema.grants, key: found})
    return schema


def without_role(schema: Schema, role: str) -> Schema:
    """The schema in which the role may do nothing; what it owns is not known."""

    def kept(grants: Grants) -> Grants:
        return frozenset(granted for granted in grants if granted.role != role)

    for table in tuple(schema.tables.values()):
        columns = {name: replace(column, grants=kept(column.grants)) for name, column in table.columns.items()}
        schema = schema.with_table(replace(table, grants=kept(table.grants), columns=columns))
    return replace(schema, grants={key: kept(grants) for key, grants in schema.grants.items()})


def _tables(op: o.Grant, schema: Schema) -> Iterator[Name]:
    if op.on == "TABLE":
        # a view or a sequence may be called a table here, and what the history never made stays unknown
        yield from (name for name in op.names if schema.table(name) is not None)
        return
    schemas = {name.name for name in op.names}
    yield from (table.name for table in schema.tables.values() if table.name.schema in schemas)


def _changed(table: Table, op: o.Grant, change: Callable[[Grants, o.Grant, Iterable[str]], Grants]) -> Table:
    whole = [privilege for privilege, column in op.granted if not column]
    if whole:
        table = replace(table, grants=change(table.grants, op, expanded(whole, "TABLE")))
    by_column = _by_column(op)
    if whole and isinstance(op, o.Revoke):
        # who may no longer read the table may no longer read any column of it
        by_column = {name: [*by_column.get(name, ()), *whole] for name in table.columns}
    columns = dict(table.columns)
    for name, privileges in by_column.items():
        column = columns.get(name) or unknown_column(name)
        columns[name] = replace(column, grants=change(column.grants, op, expanded(privileges, "COLUMN")))
    return replace(table, columns=columns)


def _by_column(op: o.Grant) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for privilege, column in op.granted:
        if column:
            found.setdefault(column, []).append(privilege)
    return found


def _with(grants: Grants, op: o.Grant, privileges: Iterable[str]) -> Grants:
    given = {(role, privilege) for role in op.roles for privilege in privileges}
    grantable = {(g.role, g.privilege) for g in grants if g.grantable}
    kept = {g for g in grants if (g.role, g.privilege) not in given}
    return frozenset(kept | {Granted(*each, op.grantable or each in grantable) for each in given})


def _without(grants: Grants, op: o.Grant, privileges: Iterable[str]) -> Grants:
    taken = {(role, privilege) for role in op.roles for privilege in privileges}
    if op.grantable:
        return frozenset(replace(g, grantable=False) if (g.role, g.privilege) in taken else g for g in grants)
    return frozenset(g for g in grants if (g.role, g.privilege) not in taken)
