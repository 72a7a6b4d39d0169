"""What autogenerate must not see: the schema in which apply keeps its journal."""

from __future__ import annotations

from typing import Any

from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import inspect

#: within what env.py asks for by default, "alembic.autogenerate.*"
NAME = "alembic.autogenerate.safemigrate"
JOURNAL_SCHEMA = "safemigrate"
_JOURNAL_TABLES = {"run", "step", "backfill"}


def register() -> None:
    """Take the journal out of every comparison, before tables are looked for."""
    Plugin(NAME).add_autogenerate_comparator(_without_journal, "schema", priority=DispatchPriority.FIRST)


def _without_journal(context: Any, upgrade: Any, schemas: set[str | None]) -> PriorityDispatchResult:
    declared = {table.schema for table in context.sorted_tables}
    others = {schema for schema in schemas if schema is not None and schema not in declared}
    inspector = inspect(context.connection)
    for schema in others:
        # a role that may not create schemas keeps the journal in one that it was given
        if schema == JOURNAL_SCHEMA or set(inspector.get_table_names(schema=schema)) == _JOURNAL_TABLES:
            schemas.discard(schema)
    return PriorityDispatchResult.CONTINUE
