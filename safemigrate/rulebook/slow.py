"""Statements whose work grows with a table that others use."""

from __future__ import annotations

import re

from safemigrate.rulebook.rows import changes_many_rows
from safemigrate.rulebook.site import Placed, Site
from safemigrate.schema import Name, Work
from safemigrate.schema.operations import (
    Copy,
    CreateTable,
    CreateView,
    Insert,
    Query,
    RefreshView,
    ValidateConstraint,
)

_SETS_SEQUENCE = re.compile(r"SELECT\s+(pg_catalog\.)?setval\b", re.IGNORECASE)
_SLEEPS = re.compile(r"\bpg_sleep(?:_for|_until)?\s*\(", re.IGNORECASE)
_SLOW = (Work.SCAN, Work.INDEX_BUILD, Work.REWRITE)


def is_slow(site: Site, placed: Placed) -> bool:
    """Whether the work of a statement grows with a table that others use, and no other rule speaks of that."""
    op, before = placed.operation, placed.before
    if changes_many_rows(placed) or isinstance(op, Insert | ValidateConstraint):
        return False
    match op:
        case Query(text=text) if _SETS_SEQUENCE.match(text):
            # the highest key comes from an index
            return False
        case Query(text=text) if _SLEEPS.search(text):
            return True
        case CreateTable(selects=True, sources=sources) | Query(tables=sources):
            return any(not (before.is_new(table) or _in_catalogue(table)) for table in sources)
        case CreateView(kind="MATERIALIZED VIEW", with_data=True) | RefreshView(with_data=True) | Copy():
            return True
        case _:
            footprint = site.footprint(placed)
            return footprint.work in _SLOW and any(not before.is_new(lock.table) for lock in footprint.locks)


def _in_catalogue(table: Name) -> bool:
    """Whether a table is PostgreSQL's own, which is small."""
    return table.schema in ("pg_catalog", "information_schema") or table.name.startswith("pg_")
