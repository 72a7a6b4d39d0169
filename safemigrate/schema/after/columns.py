"""Columns: what is done to one is done to those of partitions and children, unless ONLY keeps it from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from safemigrate.schema import operations as o
from safemigrate.schema import renaming
from safemigrate.schema.after.changes import changed, column_changed, family, without_views
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.chosen import numbered_as
from safemigrate.schema.constraints import (
    constrained,
    holds,
    names_column,
    renamed_in,
    without,
    without_constraint,
)
from safemigrate.schema.model import Answer, Column, Generation, NotNullConstraint, Table, unknown_column
from safemigrate.schema.name import Name
from safemigrate.schema.objects import View
from safemigrate.schema.schema import Schema


@moved.register
def _(op: o.AddColumn, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        if op.column.name in table.columns and (op.if_not_exists or table.name != schema.resolve(op.table)):
            return table
        column = replace(numbered_as(schema.resolve(op.table), op.column), born=schema.revision)
        table = replace(table, columns={**table.columns, column.name: column})
        for constraint in op.constraints:
            table = constrained(table, constraint, schema)
        return table

    for name in family(schema, op.table, only=op.only):
        schema = changed(schema, name, change)
    return schema


@moved.register
def _(op: o.DropColumn, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        return replace(
            table,
            columns=without(table.columns, op.column),
            constraints={n: c for n, c in table.constraints.items() if not holds(c, op.column)},
            indexes={n: i for n, i in table.indexes.items() if not names_column(i, op.column)},
            triggers={n: t for n, t in table.triggers.items() if op.column not in t.named},
        )

    for name in family(schema, op.table, only=op.only):
        if op.cascade:
            schema = without_views(schema, schema.views_on(name, op.column))
        schema = changed(schema, name, change)
    for other, key in schema.referencing(op.table):
        if op.cascade and op.column in key.referenced_columns:
            schema = changed(schema, other, partial(without_constraint, name=key.name))
    return schema


@moved.register
def _(op: o.RenameColumn, schema: Schema) -> Schema:
    view = schema.view(op.table) if schema.table(op.table) is None else None
    if view is not None:
        named = replace(view, columns=_swap(op)(view.columns))
        schema = replace(schema, views={**schema.views, view.name: named})
        return _followed_by_views(schema, view.name, op)
    # the children of a table cannot keep the old name
    for name in family(schema, op.table):
        schema = _followed_by_views(changed(schema, name, lambda table: _renamed(table, op)), name, op)
    for other, key in schema.referencing(op.table):
        if op.column in key.referenced_columns:
            moved_key = replace(key, referenced_columns=_swap(op)(key.referenced_columns))
            schema = changed(schema, other, partial(constrained, constraint=moved_key, schema=schema))
    return schema


@moved.register(renaming.EndRename)
@moved.register(renaming.UndoRename)
def _(op: renaming.EndRename | renaming.UndoRename, schema: Schema) -> Schema:
    if schema.has_column(op.table, op.old).possible is isinstance(op, renaming.UndoRename):
        return schema
    for part in op.parts:
        schema = moved(part, schema)
    return schema


def _swap(op: o.RenameColumn) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    return lambda columns: tuple(op.new_name if c == op.column else c for c in columns)


def _renamed(table: Table, op: o.RenameColumn) -> Table:
    rename = _swap(op)
    old = table.columns.get(op.column) or unknown_column(op.column)
    columns = {op.new_name if n == op.column else n: c for n, c in table.columns.items()}
    columns[op.new_name] = replace(numbered_as(table.name, old), name=op.new_name)
    return replace(
        table,
        columns=columns,
        constraints={n: renamed_in(c, op.column, op.new_name) for n, c in table.constraints.items()},
        indexes={
            n: replace(i, columns=rename(i.columns), elements=rename(i.elements), include=rename(i.include))
            for n, i in table.indexes.items()
        },
        triggers={n: t.renamed(op.column, op.new_name) for n, t in table.triggers.items()},
    )


def _followed_by_views(schema: Schema, table: Name, op: o.RenameColumn) -> Schema:
    """The views that read the column read it under its new name."""

    def follow(view: View) -> View:
        if not view.reads_column(table, op.column):
            return view
        reads: list[tuple[Name | None, str]] = []
        for pair in view.reads:
            # a column without its table may be that of another, which keeps its name
            reads += [pair] if pair != (table, op.column) else []
            reads += [(pair[0], op.new_name)] if pair in ((table, op.column), (None, op.column)) else []
        return replace(view, reads=tuple(dict.fromkeys(reads)))

    if not schema.views:
        return schema
    return replace(schema, views={name: follow(view) for name, view in schema.views.items()})


@moved.register
def _(op: o.ChangeType, schema: Schema) -> Schema:
    return _changed(op, schema, lambda c: replace(_stored_anew(c), type=op.type, collation=op.collation))


def _stored_anew(column: Column) -> Column:
    """A change of the type sets the storage back to the default of the new one."""
    tuning = tuple(each for each in column.tuning if each[0] not in ("STORAGE", "COMPRESSION"))
    return replace(column, tuning=tuning)


@moved.register
def _(op: o.SetNotNull, schema: Schema) -> Schema:
    return _changed(op, schema, lambda c: replace(c, nullable=Answer.NO))


@moved.register
def _(op: o.DropNotNull, schema: Schema) -> Schema:
    def change(table: Table) -> Table:
        # PostgreSQL 18 drops the constraint that said so, whatever its name
        for name, constraint in tuple(table.constraints.items()):
            if isinstance(constraint, NotNullConstraint) and constraint.column == op.column:
                table = without_constraint(table, name)
        return table

    for name in family(schema, op.table, only=op.only):
        schema = changed(schema, name, change)
    return _changed(op, schema, lambda c: replace(c, nullable=Answer.YES, not_null=""))


@moved.register
def _(op: o.SetDefault, schema: Schema) -> Schema:
    return _changed(op, schema, lambda c: replace(_unnumbered(c), default=op.default))


@moved.register
def _(op: o.DropDefault, schema: Schema) -> Schema:
    return _changed(op, schema, lambda c: replace(_unnumbered(c), default=None))


def _unnumbered(column: Column) -> Column:
    """A serial is a column with a default: whoever takes or changes the default ends it."""
    return replace(column, generation=None) if column.generation is Generation.SERIAL else column


@moved.register
def _(op: o.AddIdentity, schema: Schema) -> Schema:
    return _changed(
        op, schema, lambda c: replace(c, generation=op.generation, generation_text=op.options, sequence="")
    )


@moved.register
def _(op: o.ChangeIdentity, schema: Schema) -> Schema:
    words = op.options.upper().split()
    if "GENERATED" not in words:
        return schema
    always = words[words.index("GENERATED") + 1 :][:1] == ["ALWAYS"]
    generation = Generation.IDENTITY_ALWAYS if always else Generation.IDENTITY_BY_DEFAULT
    return _changed(op, schema, lambda c: replace(c, generation=generation))


@moved.register(o.DropIdentity)
@moved.register(o.DropExpression)
def _(op: o.DropIdentity | o.DropExpression, schema: Schema) -> Schema:
    return _changed(op, schema, lambda c: replace(c, generation=None, generation_text=""))


@moved.register
def _(op: o.SetExpression, schema: Schema) -> Schema:
    return _changed(op, schema, lambda c: replace(c, generation_text=op.expression.text))


@moved.register
def _(op: o.TuneColumn, schema: Schema) -> Schema:
    if op.table is None or not op.column:
        return schema
    # options and the compression stay with the table that is named; the rest is handed on
    only = op.kind in ("SET STORAGE PARAMETERS", "SET COMPRESSION")

    def tuned(column: Column) -> Column:
        tuning = dict(column.tuning) | dict(op.values)
        return replace(column, tuning=tuple(sorted((n, v) for n, v in tuning.items() if v is not None)))

    return column_changed(schema, op.table, op.column, tuned, only=only)


_OfColumn = (
    o.ChangeType
    | o.SetNotNull
    | o.DropNotNull
    | o.SetDefault
    | o.DropDefault
    | o.AddIdentity
    | o.ChangeIdentity
    | o.DropIdentity
    | o.DropExpression
    | o.SetExpression
)


def _changed(op: _OfColumn, schema: Schema, change: Callable[[Column], Column]) -> Schema:
    return column_changed(schema, op.table, op.column, change, only=op.only)
