"""What is said of objects: comments. They stand with what they are about, and go with it."""

from __future__ import annotations

from dataclasses import replace

from safemigrate.schema import operations as o
from safemigrate.schema.after.changes import changed, column_changed
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.constraints import without
from safemigrate.schema.model import Table
from safemigrate.schema.schema import Schema


@moved.register
def _(op: o.Comment, schema: Schema) -> Schema:
    match op.about:
        case "TABLE":
            return changed(schema, op.name, lambda table: replace(table, comment=op.said))
        case "COLUMN" if op.table is not None:
            return column_changed(
                schema, op.table, op.name.name, lambda column: replace(column, comment=op.said), only=True
            )
        case "CONSTRAINT" | "TRIGGER" | "POLICY" if op.table is not None:
            return changed(schema, op.table, lambda table: _said(table, op))
        case "INDEX":
            owner = schema.index_table(op.name)
            return schema.with_table(_said(owner, op)) if owner is not None else schema
    return schema


def _said(table: Table, op: o.Comment) -> Table:
    key = (op.about, op.name.name)
    comments = without(table.comments, key)
    return replace(table, comments=comments if op.said is None else {**comments, key: op.said})
