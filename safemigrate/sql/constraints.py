"""Constraints, as they stand beside a column, in CREATE TABLE, and behind ADD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

#: the words that begin a constraint of a table
TABLE_CONSTRAINTS = ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE")


@dataclass(frozen=True, slots=True)
class Written:
    """A constraint as it was written. *whole* is False where it says more than the value can carry."""

    constraint: Constraint
    whole: bool = True


def table_constraint(cursor: Cursor) -> Written:
    """Passes a constraint of CREATE TABLE or ADD, up to but without NOT VALID."""
    name = cursor.name() if cursor.accept("CONSTRAINT") else ""
    kind = cursor.accept_any(*_KINDS)
    if not kind:
        raise NotRead("a constraint of this kind is not read yet")
    return _KINDS[kind](cursor, name)


def _check(cursor: Cursor, name: str) -> Written:
    return Written(check(cursor, name))


def check(cursor: Cursor, name: str) -> Check:
    """Passes what follows CHECK."""
    condition = expression(cursor.parenthesised())
    return Check(name, condition, no_inherit=cursor.accept("NO", "INHERIT"))


def _unique(cursor: Cursor, name: str) -> Written:
    if cursor.accept("USING", "INDEX"):
        index = cursor.name()
        return Written(Unique(name, (), index=index, deferrable=_timing(cursor)))
    distinct = _nulls_distinct(cursor)
    columns = cursor.names()
    include = cursor.names() if cursor.accept("INCLUDE") else ()
    whole = not _storage(cursor)
    return Written(Unique(name, columns, include, distinct, _timing(cursor)), whole)


def _primary_key(cursor: Cursor, name: str) -> Written:
    cursor.expect("KEY")
    if cursor.accept("USING", "INDEX"):
        index = cursor.name()
        return Written(PrimaryKey(name, (), index=index, deferrable=_timing(cursor)))
    columns = cursor.names()
    include = cursor.names() if cursor.accept("INCLUDE") else ()
    whole = not _storage(cursor)
    return Written(PrimaryKey(name, columns, include, _timing(cursor)), whole)


def _foreign_key(cursor: Cursor, name: str) -> Written:
    cursor.expect("KEY")
    columns = cursor.names()
    cursor.expect("REFERENCES")
    return Written(references(cursor, name, columns))


def _exclusion(cursor: Cursor, name: str) -> Written:
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
    return Written(Exclusion(name, f"EXCLUDE {cursor.since(start)}"))


def _not_null(cursor: Cursor, name: str) -> Written:
    cursor.expect("NULL")
    column = cursor.name()
    # NO INHERIT has no place in the value
    return Written(NotNullConstraint(name, column), not cursor.accept("NO", "INHERIT"))


_KINDS: dict[str, Callable[[Cursor, str], Written]] = {
    "CHECK": _check,
    "UNIQUE": _unique,
    "PRIMARY": _primary_key,
    "FOREIGN": _foreign_key,
    "EXCLUDE": _exclusion,
    "NOT": _not_null,
}


def column_unique(cursor: Cursor, name: str, column: str) -> Written:
    """Passes what follows UNIQUE beside a column."""
    distinct = _nulls_distinct(cursor)
    whole = not _storage(cursor)
    timing = _timing(cursor)
    return Written(Unique(name, (column,), nulls_distinct=distinct, deferrable=timing), whole and not timing)


def column_primary_key(cursor: Cursor, name: str, column: str) -> Written:
    """Passes what follows PRIMARY KEY beside a column."""
    whole = not _storage(cursor)
    timing = _timing(cursor)
    return Written(PrimaryKey(name, (column,), deferrable=timing), whole and not timing)


def references(cursor: Cursor, name: str, columns: tuple[str, ...]) -> ForeignKey:
    """Passes what follows REFERENCES."""
    referenced = cursor.qualified()
    referenced_columns = cursor.names() if cursor.sees("(") else ()
    actions = []
    while action := _match(cursor) or _on(cursor):
        actions.append(action)
    if timing := _timing(cursor):
        actions.append(timing)
    return ForeignKey(name, columns, referenced, referenced_columns, " ".join(actions))


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
    words = []
    while True:
        if cursor.accept("NOT", "DEFERRABLE"):
            words.append("NOT DEFERRABLE")
        elif cursor.accept("DEFERRABLE"):
            words.append("DEFERRABLE")
        elif cursor.sees("INITIALLY") and cursor.token(1).key in ("DEFERRED", "IMMEDIATE"):
            cursor.advance()
            words.append(f"INITIALLY {cursor.advance().key}")
        else:
            return " ".join(words)


def _nulls_distinct(cursor: Cursor) -> bool:
    if cursor.accept("NULLS", "NOT", "DISTINCT"):
        return False
    cursor.accept("NULLS", "DISTINCT")
    return True


def _storage(cursor: Cursor) -> bool:
    """Passes ``WITH (…)`` and ``USING INDEX TABLESPACE``, and tells whether there was either."""
    found = cursor.accept("WITH")
    if found:
        cursor.parenthesised()
    if cursor.accept("USING", "INDEX", "TABLESPACE"):
        cursor.name()
        found = True
    return found
