"""What reads a column, so that PostgreSQL does not change its type."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook.refusals.depending import naming
from safemigrate.schema import Generation, Name, Schema
from safemigrate.schema.name import quoted
from safemigrate.sql import read_expression


def readers(schema: Schema, table: Name, column: str) -> Iterator[tuple[str, bool]]:
    """What must be dropped before the type of *column* changes, and whether that is sure."""
    known = schema.table(table)
    for each in known.columns.values() if known else ():
        computed = each.generation in (Generation.STORED, Generation.VIRTUAL)
        if computed and column in read_expression(each.generation_text).columns:
            yield f"the generated column {quoted(each.name)}", True
    target = schema.resolve(table)
    for view in schema.views_on(table, column):
        yield f"the view {view.name}", (target, column) in view.reads
    for trigger in known.triggers.values() if known else ():
        if column in trigger.named:
            yield f"the trigger {quoted(trigger.name)}", True
    yield from ((what, True) for what in naming(schema, table, column, listed=False))
