"""VACUUM, ANALYZE, CLUSTER, REINDEX and REFRESH: commands that work on all rows."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.schema.name import Name
from safemigrate.schema.operations import Analyze, Cluster, Operation, RefreshView, Reindex, Vacuum
from safemigrate.sql.cursor import Cursor

_TRUE = ("", "TRUE", "ON", "1")


def vacuum(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a VACUUM, from behind that word to the end."""
    options = _options(cursor) if cursor.sees("(") else _old_options(cursor, ("FULL", "FREEZE", "VERBOSE", "ANALYZE"))
    return (Vacuum(_tables(cursor), cursor.source, "FULL" in options),)


def analyze(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of an ANALYZE, from behind that word to the end."""
    _options(cursor) if cursor.sees("(") else _old_options(cursor, ("VERBOSE",))
    return (Analyze(_tables(cursor), cursor.source),)


def cluster(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a CLUSTER, from behind that word to the end."""
    _options(cursor) if cursor.sees("(") else _old_options(cursor, ("VERBOSE",))
    if cursor.done:
        return (Cluster(),)
    table = cursor.qualified()
    if cursor.accept("USING"):
        return (Cluster(table, cursor.name()),)
    if table.schema is None and cursor.accept("ON"):
        return (Cluster(cursor.qualified(), table.name),)
    return (Cluster(table),)


def reindex(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a REINDEX, from behind that word to the end."""
    options = _options(cursor) if cursor.sees("(") else frozenset()
    kind = cursor.accept_any("INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM")
    if not kind:
        raise cursor.surprise("INDEX, TABLE, SCHEMA, DATABASE or SYSTEM")
    concurrently = cursor.accept("CONCURRENTLY") or "CONCURRENTLY" in options
    if kind in ("DATABASE", "SYSTEM") and cursor.done:
        return (Reindex(kind, Name(""), cursor.source, concurrently),)
    name = cursor.qualified() if kind in ("INDEX", "TABLE") else Name(cursor.name())
    return (Reindex(kind, name, cursor.source, concurrently),)


def refresh(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a REFRESH, from behind that word to the end."""
    cursor.expect("MATERIALIZED", "VIEW")
    concurrently = cursor.accept("CONCURRENTLY")
    return (RefreshView(cursor.qualified(), concurrently, with_data(cursor)),)


def with_data(cursor: Cursor) -> bool:
    """Passes WITH DATA or WITH NO DATA and tells whether there is to be data."""
    if cursor.accept("WITH", "NO", "DATA"):
        return False
    cursor.accept("WITH", "DATA")
    return True


def explain_options(cursor: Cursor) -> bool:
    """Passes the options of EXPLAIN and tells whether it runs what it explains."""
    if cursor.sees("(") and cursor.token(1).key not in ("SELECT", "VALUES", "WITH", "TABLE", "("):
        return "ANALYZE" in _options(cursor)
    analyzed = cursor.accept("ANALYZE") or cursor.accept("ANALYSE")
    cursor.accept("VERBOSE")
    return analyzed


def _options(cursor: Cursor) -> frozenset[str]:
    """Passes options in parentheses and returns those that are switched on."""
    found = set()
    for part in cursor.items():
        option = part.label().upper()
        if option == "ANALYSE":
            option = "ANALYZE"
        if part.text.strip("'").upper() in _TRUE:
            found.add(option)
    return frozenset(found)


def _old_options(cursor: Cursor, known: Iterable[str]) -> frozenset[str]:
    """Passes options as they were written before they had parentheses."""
    return frozenset(
        option for option in known if cursor.accept(option) or (option == "ANALYZE" and cursor.accept("ANALYSE"))
    )


def _tables(cursor: Cursor) -> tuple[Name, ...]:
    if cursor.done:
        return ()
    return tuple(_table(part) for part in cursor.parts())


def _table(part: Cursor) -> Name:
    part.accept("ONLY")
    table = part.qualified()
    part.accept("*")
    if part.sees("("):
        part.names()
    part.finish()
    return table
