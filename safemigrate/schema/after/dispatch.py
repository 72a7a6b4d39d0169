"""Which function moves the schema forward for an operation."""

from __future__ import annotations

from functools import singledispatch

from safemigrate.schema.made import remembered
from safemigrate.schema.model import Answer
from safemigrate.schema.operations import Operation
from safemigrate.schema.operations.base import TableOperation
from safemigrate.schema.schema import Schema


def after(op: Operation, schema: Schema) -> Schema:
    """The schema once *op* has run on *schema*, which is itself unchanged.

    What names a table or column that the history never made adds it as one of which little is known. Operations
    that change no table, column, constraint, index, type or other object leave the schema as it is.
    """
    if isinstance(op, TableOperation) and op.if_table_exists and schema.exists(op.table) is Answer.NO:
        return schema
    return remembered(op, schema, moved(op, schema))


@singledispatch
def moved(op: Operation, schema: Schema) -> Schema:
    """As *after*, for an operation whose table is there."""
    return schema
