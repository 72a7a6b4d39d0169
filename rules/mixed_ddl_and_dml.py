"""mixed-ddl-and-dml: see mixed_ddl_and_dml.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.rows import is_version_table
from safemigrate.schema.operations import (
    Copy,
    Delete,
    Insert,
    Merge,
    Query,
    SessionCommand,
    SetParameter,
    TransactionControl,
    Truncate,
    Unreadable,
    Update,
)

_DATA = (Copy, Delete, Insert, Merge, Truncate, Update)
_NEITHER = (Query, SessionCommand, SetParameter, TransactionControl, Unreadable)


def check(site: Site) -> Iterable[Hit]:
    """The first change of rows in a revision that changes the schema as well."""
    rows = [at for at, placed in enumerate(site.operations) if _changes_rows(placed)]
    schema = any(not isinstance(placed.operation, (*_DATA, *_NEITHER)) for placed in site.operations)
    if rows and schema:
        yield Hit(frozenset({Hazard.ADVICE}), at=rows[0])


def _changes_rows(placed: Placed) -> bool:
    op = placed.operation
    table = getattr(op, "table", None)
    return isinstance(op, _DATA) and not (table is not None and is_version_table(table))
