"""Constraints, as they stand beside a column, in CREATE TABLE, and behind ADD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from safemigrate.schema.model import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    NotNullConstraint,
    PrimaryKey,
    Unique,
)
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.expressions import expression
from safemigrate.sql.tokens import Kind

_BEGINNINGS = ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN")


def sees_constraint(cursor: Cursor) -> bool:
    """Whether a constraint of a table begins here, and not a column: a column may be called "exclude"."""
    if cursor.sees("EXCLUDE"):
        return cursor.token(1).key in ("USING", "(")
    return cursor.sees_any(_BEGINNINGS) or cursor.sees("NOT", "NULL")


def table_constraint(cursor: Cursor) -> Constraint:
    """Passes a constraint of CREATE TABLE or ADD, with what stands behind it (NOT VALID, DEFERRABLE …)."""
    name = cursor.name() if cursor.accept("CONSTRAINT") else ""
    kind = cursor.accept_any(*_KINDS)
    if not kind:
        raise NotRead("a constraint of this kind is not read yet")
    return _KINDS[kind](cursor, name)


@dataclass(slots=True)
class _Attributes:
    """What may stand behind a constraint, in any order. *timing* is DEFERRABLE, INITIALLY … as one text."""

    timing: str = ""
    valid: bool = True
    no_inherit: bool = False
    enforced: bool = True


def _attributes(cursor: Cursor, *allowed: str) -> _Attributes:
    """Passes those of TIMING, VALID, INHERIT and ENFORCED that a constraint can have."""
    found, timing = _Attributes(), []
    while True:
        if "TIMING" in allowed and (words := _timing_words(cursor)):
            timing.append(words)
        elif "VALID" in allowed and cursor.accept("NOT", "VALID"):
            found.valid = False
        elif "INHERIT" in allowed and cursor.accept("NO", "INHERIT"):
            found.no_inherit = True
        elif "ENFORCED" in allowed and cursor.accept("NOT", "ENFORCED"):
            found.enforced = found.valid = False
        elif not ("ENFORCED" in allowed and cursor.accept("ENFORCED")):
            found.timing = " ".join(timing)
            return found


def _check(cursor: Cursor, name: str) -> Check:
    return check(cursor, name, "INHERIT", "VALID", "ENFORCED")


def check(cursor: Cursor, name: str, *allowed: str) -> Check:
    """Passes what follows CHECK, with those of *allowed* that stand behind it."""
    condition = expression(cursor.parenthesised())
    found = _attributes(cursor, *(allowed or ("INHERIT", "ENFORCED")))
    return Check(name, condition, found.valid, found.no_inherit, found.enforced)


def _unique(cursor: Cursor, name: str) -> Unique:
    if cursor.accept("USING", "INDEX"):
        return Unique(name, (), index=cursor.name(), deferrable=_timing(cursor))
    distinct = _nulls_distinct(cursor)
    columns, overlapping = _key_columns(cursor)
    include = cursor.names() if cursor.accept("INCLUDE") else ()
    storage = _storage(cursor)
    return Unique(name, columns, include, distinct, _timing(cursor), None, overlapping, storage)


def _primary_key(cursor: Cursor, name: str) -> PrimaryKey:
    cursor.expect("KEY")
    if cursor.accept("USING", "INDEX"):
        return PrimaryKey(name, (), index=cursor.name(), deferrable=_timing(cursor))
    columns, overlapping = _key_columns(cursor)
    include = cursor.names() if cursor.accept("INCLUDE") else ()
    storage = _storage(cursor)
    return PrimaryKey(name, columns, include, _timing(cursor), None, overlapping, storage)


def _key_columns(cursor: Cursor) -> tuple[tuple[str, ...], bool]:
    """Passes the columns of a key, and tells whether the last is WITHOUT OVERLAPS."""
    parts = cursor.items()
    columns = tuple(part.name() for part in parts)
    overlapping = parts[-1].accept("WITHOUT", "OVERLAPS")
    for part in parts:
        part.finish()
    return columns, overlapping


def _foreign_key(cursor: Cursor, name: str) -> ForeignKey:
    cursor.expect("KEY")
    columns, period = _referencing(cursor)
    cursor.expect("REFERENCES")
    return replace(references(cursor, name, columns, "VALID"), period=period)


def _referencing(cursor: Cursor) -> tuple[tuple[str, ...], bool]:
    """Passes the columns of a foreign key, and tells whether the last is a PERIOD."""
    parts = cursor.items()
    period = parts[-1].token(1).kind is not Kind.END and parts[-1].accept("PERIOD")
    columns = tuple(part.name() for part in parts)
    for part in parts:
        part.finish()
    return columns, period


def _exclusion(cursor: Cursor, name: str) -> Exclusion:
    start = cursor.place
    if cursor.accept("USING"):
        cursor.name()
    cursor.items()
    if cursor.accept("INCLUDE"):
        cursor.names()
    _storage(cursor)
    if cursor.accept("WHERE"):
        cursor.parenthesised()
    _timing(cursor)
    return Exclusion(name, f"EXCLUDE {cursor.since(start)}")


def _not_null(cursor: Cursor, name: str) -> NotNullConstraint:
    cursor.expect("NULL")
    column = cursor.name()
    found = _attributes(cursor, "VALID", "INHERIT")
    return NotNullConstraint(name, column, found.valid, found.no_inherit)


_KINDS: dict[str, Callable[[Cursor, str], Constraint]] = {
    "CHECK": _check,
    "UNIQUE": _unique,
    "PRIMARY": _primary_key,
    "FOREIGN": _foreign_key,
    "EXCLUDE": _exclusion,
    "NOT": _not_null,
}


def column_unique(cursor: Cursor, name: str, column: str) -> Unique:
    """Passes what follows UNIQUE beside a column."""
    distinct = _nulls_distinct(cursor)
    storage = _storage(cursor)
    return Unique(name, (column,), nulls_distinct=distinct, storage=storage, deferrable=_timing(cursor))


def column_primary_key(cursor: Cursor, name: str, column: str) -> PrimaryKey:
    """Passes what follows PRIMARY KEY beside a column."""
    storage = _storage(cursor)
    return PrimaryKey(name, (column,), storage=storage, deferrable=_timing(cursor))


def references(cursor: Cursor, name: str, columns: tuple[str, ...], *allowed: str) -> ForeignKey:
    """Passes what follows REFERENCES, with those of *allowed* (VALID) that stand behind it."""
    referenced = cursor.qualified()
    referenced_columns, period = _referencing(cursor) if cursor.sees("(") else ((), False)
    actions = []
    while action := _match(cursor) or _on(cursor):
        actions.append(action)
    found = _attributes(cursor, "TIMING", "ENFORCED", *allowed)
    if found.timing:
        actions.append(found.timing)
    return ForeignKey(
        name, columns, referenced, referenced_columns, " ".join(actions), found.valid, found.enforced, period
    )


def _match(cursor: Cursor) -> str:
    if not cursor.accept("MATCH"):
        return ""
    kind = cursor.accept_any("FULL", "SIMPLE", "PARTIAL")
    if not kind:
        raise cursor.surprise("FULL or SIMPLE")
    return f"MATCH {kind}"


def _on(cursor: Cursor) -> str:
    if not cursor.accept("ON"):
        return ""
    event = cursor.accept_any("DELETE", "UPDATE")
    for words in (("NO", "ACTION"), ("RESTRICT",), ("CASCADE",), ("SET", "NULL"), ("SET", "DEFAULT")):
        if event and cursor.accept(*words):
            columns = f" {_list(cursor)}" if words[0] == "SET" and cursor.sees("(") else ""
            return f"ON {event} {' '.join(words)}{columns}"
    raise cursor.surprise("an action")


def _list(cursor: Cursor) -> str:
    return f"({cursor.parenthesised().text})"


def _timing(cursor: Cursor) -> str:
    """Passes DEFERRABLE, INITIALLY … and returns them as one text."""
    return _attributes(cursor, "TIMING").timing


def _timing_words(cursor: Cursor) -> str:
    if cursor.accept("NOT", "DEFERRABLE"):
        return "NOT DEFERRABLE"
    if cursor.accept("DEFERRABLE"):
        return "DEFERRABLE"
    if cursor.sees("INITIALLY") and cursor.token(1).key in ("DEFERRED", "IMMEDIATE"):
        cursor.advance()
        return f"INITIALLY {cursor.advance().key}"
    return ""


def _nulls_distinct(cursor: Cursor) -> bool:
    if cursor.accept("NULLS", "NOT", "DISTINCT"):
        return False
    cursor.accept("NULLS", "DISTINCT")
    return True


def _storage(cursor: Cursor) -> str:
    """Passes ``WITH (…)`` and ``USING INDEX TABLESPACE`` and returns them as written."""
    start = cursor.place
    if cursor.accept("WITH"):
        cursor.items()
    if cursor.accept("USING", "INDEX", "TABLESPACE"):
        cursor.name()
    return cursor.since(start)


def constraint_attributes(cursor: Cursor) -> None:
    """Passes what ALTER CONSTRAINT may say: when a constraint is checked, whether, and whether children have it."""
    start = cursor.place
    while True:
        before = cursor.place
        _attributes(cursor, "TIMING", "INHERIT", "ENFORCED")
        cursor.accept("INHERIT")
        if cursor.place == before:
            break
    if cursor.place == start:
        raise cursor.surprise("DEFERRABLE, ENFORCED or INHERIT")
