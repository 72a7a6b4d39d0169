"""Views, functions, triggers, policies, publications, and what the schema knows by kind and name only."""

from __future__ import annotations

from dataclasses import replace

from safemigrate.schema import conversion, sync
from safemigrate.schema import operations as o
from safemigrate.schema.after import types
from safemigrate.schema.after.changes import changed, made, renamed_key, without_views
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.after.privileges import without_role
from safemigrate.schema.after.relations import renamed_object, renamed_view
from safemigrate.schema.after.schemas import renamed_schema, without_schema
from safemigrate.schema.attached import Policy, Trigger
from safemigrate.schema.constraints import without
from safemigrate.schema.model import Table
from safemigrate.schema.name import Name
from safemigrate.schema.objects import Function, Publication, View, same_arguments
from safemigrate.schema.schema import Schema

_VIEWS = ("VIEW", "MATERIALIZED VIEW")
_CALLED = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE")
_TYPES = ("TYPE", "DOMAIN")


@moved.register
def _(op: o.CreateObject, schema: Schema) -> Schema:
    if op.kind == "FOREIGN SCHEMA":
        # the tables it brings are seen nowhere
        return replace(schema, complete=False)
    return _known(op, schema)


def _known(op: o.CreateObject, schema: Schema) -> Schema:
    """The schema with what it knows by kind and name."""
    key = (op.kind, made(op.name, schema, temporary=op.temporary))
    if key in schema.objects and (op.if_not_exists or op.or_replace):
        return schema
    # what was there before the history began may only have been replaced
    unsure = (op.if_not_exists or op.or_replace) and not schema.complete and not op.temporary
    return replace(schema, objects={**schema.objects, key: -1 if unsure else schema.revision})


# -- views -------------------------------------------------------------------------------------------------------


@moved.register
def _(op: o.CreateView, schema: Schema) -> Schema:
    name = made(op.name, schema, temporary=op.temporary)
    if op.if_not_exists and name in schema.views:
        return schema
    following = _known(op, schema)
    tables = tuple(schema.resolve(table) for table in op.tables)
    reads = tuple((schema.resolve(table) if table else None, column) for table, column in op.reads)
    view = View(
        name,
        op.columns,
        tables,
        reads,
        op.simple,
        op.star,
        op.kind == "MATERIALIZED VIEW",
        born=following.objects[op.kind, name],
    )
    return replace(following, views={**schema.views, name: _starred(view, schema)})


def _starred(view: View, schema: Schema) -> View:
    """The view with the columns that ``*`` stands for, where all are known: it keeps to them for ever."""
    if not view.star:
        return view
    found: list[tuple[Name, str]] = []
    for name in view.tables:
        table, other = schema.tables.get(name), schema.views.get(name)
        if table is not None and table.known:
            found += [(name, column) for column in table.columns]
        elif other is not None and other.columns:
            found += [(name, column) for column in other.columns]
        else:
            return view
    columns = tuple(column for _, column in found) if view.simple and not view.columns else view.columns
    return replace(view, columns=columns, reads=tuple(dict.fromkeys((*view.reads, *found))), star=False)


# -- functions ---------------------------------------------------------------------------------------------------


@moved.register
def _(op: o.CreateFunction, schema: Schema) -> Schema:
    following = _known(op, schema)
    function = Function(
        made(op.name, schema),
        op.arguments,
        op.volatility,
        op.kind,
        op.language,
        op.security_definer,
        op.returns,
        following.objects[op.kind, made(op.name, schema)],
    )
    return _with_function(following, function)


def _with_function(schema: Schema, function: Function) -> Schema:
    beside = schema.functions.get(function.name, ())
    others = tuple(f for f in beside if not same_arguments(f.arguments, function.arguments).certain)
    return replace(schema, functions={**schema.functions, function.name: (*others, function)})


@moved.register(sync.CreateSyncFunction)
@moved.register(sync.CreateFillFunction)
@moved.register(conversion.CreateConversionFunction)
def _(
    op: sync.CreateSyncFunction | sync.CreateFillFunction | conversion.CreateConversionFunction, schema: Schema
) -> Schema:
    name = made(op.function, schema)
    schema = replace(schema, objects={**schema.objects, ("FUNCTION", name): schema.revision})
    return _with_function(schema, Function(name, language="plpgsql", born=schema.revision))


def _without_function(schema: Schema, op: o.DropObject) -> Schema:
    for function in schema.overloads(op.name, op.arguments):
        rest = tuple(f for f in schema.functions.get(function.name, ()) if f is not function)
        functions = {**schema.functions, function.name: rest} if rest else without(schema.functions, function.name)
        objects = schema.objects if rest else without(schema.objects, (function.kind, function.name))
        schema = replace(schema, functions=functions, objects=objects)
        if op.cascade and not rest:
            schema = _without_triggers_calling(schema, function.name)
    return schema


def _without_triggers_calling(schema: Schema, function: Name) -> Schema:
    for table in tuple(schema.tables.values()):
        kept = {n: t for n, t in table.triggers.items() if t.function != function}
        if len(kept) < len(table.triggers):
            schema = schema.with_table(replace(table, triggers=kept))
    return schema


# -- triggers and policies ---------------------------------------------------------------------------------------


@moved.register
def _(op: o.CreateTrigger, schema: Schema) -> Schema:
    if op.table is None:
        return schema
    functions = schema.functions_named(op.function) if op.function else ()

    def change(table: Table) -> Table:
        old = table.triggers.get(op.name.name)
        trigger = Trigger(
            op.name.name,
            op.timing,
            op.events,
            op.columns,
            functions[0].name if functions else op.function,
            each_row=op.each_row,
            constraint=op.constraint,
            condition=op.condition,
            born=old.born if old is not None and op.or_replace else schema.revision,
        )
        return replace(table, triggers={**table.triggers, trigger.name: trigger})

    # a row trigger of a partitioned table stands on its partitions, too
    below = schema.partitions(op.table) if op.each_row else ()
    for name in (op.table, *below):
        schema = changed(schema, name, change)
    return schema


@moved.register
def _(op: sync.CreateSyncTrigger, schema: Schema) -> Schema:
    function = schema.resolve(sync.sync_function(op.table, op.column))
    equal = (op.old, op.column) if op.old else None
    fires = ("INSERT", "UPDATE")
    return _with_own_trigger(
        schema, op.table, Trigger(op.trigger, "BEFORE", fires, function=function, equal=equal, condition=op.condition)
    )


@moved.register
def _(op: conversion.CreateConversionTrigger, schema: Schema) -> Schema:
    function = schema.resolve(op.function)
    trigger = Trigger(op.trigger, "BEFORE", (op.event,), function=function, condition=op.condition)
    return _with_own_trigger(schema, op.table, trigger)


def _with_own_trigger(schema: Schema, table: Name, trigger: Trigger) -> Schema:
    made = replace(trigger, each_row=True, born=schema.revision)
    return changed(schema, table, lambda t: replace(t, triggers={**t.triggers, made.name: made}))


@moved.register
def _(op: o.CreatePolicy, schema: Schema) -> Schema:
    if op.table is None:
        return schema
    policy = Policy(op.name.name, op.permissive, op.command, op.roles, schema.revision)
    return changed(schema, op.table, lambda t: replace(t, policies={**t.policies, policy.name: policy}))


@moved.register
def _(op: o.CreateDomain, schema: Schema) -> Schema:
    return types.created(op, _known(op, schema))


# -- publications ------------------------------------------------------------------------------------------------


@moved.register
def _(op: o.CreatePublication, schema: Schema) -> Schema:
    tables = tuple(map(schema.resolve, op.tables))
    publication = Publication(op.name, tables, op.schemas, op.everything, _parts(tables, op.parts))
    return _known(op, replace(schema, publications={**schema.publications, op.name.name: publication}))


@moved.register
def _(op: o.ChangePublication, schema: Schema) -> Schema:
    old = schema.publications.get(op.name.name)
    if old is None or op.action not in ("ADD", "DROP", "SET"):
        return schema
    named, schemas = tuple(map(schema.resolve, op.tables)), op.schemas
    parts = _parts(named, op.parts)
    if op.action == "ADD":
        named, schemas = (*old.tables, *named), (*old.schemas, *schemas)
        parts = {**old.parts, **parts}
    elif op.action == "DROP":
        named = tuple(table for table in old.tables if table not in named)
        parts = {table: part for table, part in old.parts.items() if table in named}
        schemas = tuple(each for each in old.schemas if each not in op.schemas)
    new = replace(old, tables=tuple(dict.fromkeys(named)), schemas=tuple(dict.fromkeys(schemas)), parts=parts)
    return replace(schema, publications={**schema.publications, op.name.name: new})


def _parts(tables: tuple[Name, ...], parts: tuple[str, ...]) -> dict[Name, str]:
    return {table: part for table, part in zip(tables, parts, strict=False) if part}


# -- dropped -----------------------------------------------------------------------------------------------------


@moved.register
def _(op: o.DropObject, schema: Schema) -> Schema:
    name = schema.resolve(op.name)
    if op.kind in ("TRIGGER", "POLICY") and op.table is not None:
        return _without_attached(schema, op, op.table)
    if op.kind in _VIEWS:
        view = schema.views.get(name)
        if view is None:
            return replace(schema, objects=without(schema.objects, (op.kind, name)))
        readers = () if op.cascade else tuple(v for v in schema.views.values() if name in v.tables)
        kept = {v.name: v for v in readers}
        following = without_views(schema, (view,))
        return replace(following, views={**kept, **following.views})
    if op.kind in _CALLED:
        return _without_function(schema, op)
    if op.kind == "OWNED BY":
        return without_role(schema, op.name.name)
    if op.kind == "SCHEMA":
        return without_schema(schema, op.name.name)
    if op.kind == "PUBLICATION":
        schema = replace(schema, publications=without(schema.publications, op.name.name))
    if op.kind in _TYPES:
        schema = _without_type(schema, name, cascade=op.cascade)
    kinds = _TYPES if op.kind in _TYPES else (op.kind,)
    objects = {key: born for key, born in schema.objects.items() if key not in [(kind, name) for kind in kinds]}
    return replace(schema, objects=objects)


def _without_attached(schema: Schema, op: o.DropObject, table: Name) -> Schema:
    def change(known: Table) -> Table:
        if op.kind == "POLICY":
            return replace(known, policies=without(known.policies, op.name.name))
        return replace(known, triggers=without(known.triggers, op.name.name))

    for name in (table, *schema.partitions(table)):
        schema = changed(schema, name, change)
    return schema


def _without_type(schema: Schema, name: Name, *, cascade: bool) -> Schema:
    for table, column in schema.columns_of(name) if cascade else ():
        schema = moved(o.DropColumn(table, column.name, cascade=True), schema)
    return replace(schema, enums=without(schema.enums, name), domains=without(schema.domains, name))


# -- renamed and moved -------------------------------------------------------------------------------------------


@moved.register
def _(op: o.RenameObject, schema: Schema) -> Schema:
    if op.kind in ("TRIGGER", "POLICY") and op.table is not None:
        return changed(schema, op.table, lambda table: _renamed_attached(table, op))
    if op.kind == "SCHEMA":
        return renamed_schema(schema, op.name.name, op.new_name)
    if op.kind == "PUBLICATION" and op.name.name in schema.publications:
        new = replace(schema.publications[op.name.name], name=Name(op.new_name))
        publications = renamed_key(schema.publications, op.name.name, op.new_name, new)
        return replace(schema, publications=publications)
    if op.kind in _CALLED:
        return _renamed_function(schema, op.name, op.new_name, None)
    old = schema.resolve(op.name)
    return _under(schema, op.kind, old, Name(op.new_name, old.schema))


@moved.register
def _(op: o.MoveObject, schema: Schema) -> Schema:
    if op.kind in _CALLED:
        return _renamed_function(schema, op.name, op.name.name, op.new_schema)
    old = schema.resolve(op.name)
    return _under(schema, op.kind, old, Name(old.name, op.new_schema))


def _under(schema: Schema, kind: str, old: Name, new: Name) -> Schema:
    if old in schema.views:
        return renamed_view(schema, old, new)
    if kind in _TYPES:
        return types.renamed_type(schema, old, new)
    return renamed_object(schema, kind, old, new)


def _renamed_attached(table: Table, op: o.RenameObject) -> Table:
    old = op.name.name
    if op.kind == "TRIGGER" and old in table.triggers:
        trigger = replace(table.triggers[old], name=op.new_name)
        return replace(table, triggers=renamed_key(table.triggers, old, op.new_name, trigger))
    if op.kind == "POLICY" and old in table.policies:
        policy = replace(table.policies[old], name=op.new_name)
        return replace(table, policies=renamed_key(table.policies, old, op.new_name, policy))
    return table


def _renamed_function(schema: Schema, name: Name, new_name: str, new_schema: str | None) -> Schema:
    """All of that name: which one is meant matters to nobody who asks for a name."""
    for function in schema.functions_named(name):
        old = function.name
        new = Name(new_name, new_schema or old.schema)
        functions = without(schema.functions, old)
        named = tuple(replace(f, name=new) for f in schema.functions.get(old, ()))
        if not named:
            continue
        schema = replace(schema, functions={**functions, new: named})
        schema = renamed_object(schema, function.kind, old, new)
        for table in tuple(schema.tables.values()):
            triggers = {n: replace(t, function=new) if t.function == old else t for n, t in table.triggers.items()}
            if triggers != table.triggers:
                schema = schema.with_table(replace(table, triggers=triggers))
    return schema


# -- the session -------------------------------------------------------------------------------------------------


@moved.register
def _(op: o.SetParameter, schema: Schema) -> Schema:
    if op.name != "search_path":
        return schema
    written = op.value.split(",") if op.value else ["public"]
    path = tuple(part.strip().strip("\"'") for part in written)
    return replace(
        schema, search_path=tuple(p for p in path if p and p not in ("$user", "pg_catalog")) or ("public",)
    )
