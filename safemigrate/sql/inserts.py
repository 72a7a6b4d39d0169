"""What an INSERT gives: the rows of its VALUES, and the key of its ON CONFLICT."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.tokens import Kind, Unterminated

# rows that are looked at; a script of more is data
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Inserted:
    """*rows* are the values as written, none where a query gives them or all are left to their defaults.

    *key* are the columns of ON CONFLICT (…) without a condition; None where it names none, or an expression.
    """

    rows: tuple[tuple[str, ...], ...] = ()
    key: tuple[str, ...] | None = None


def inserted(text: str) -> Inserted | None:
    """What the INSERT *text* gives; None where it begins otherwise, is long, or cannot be read."""
    if len(text) > _LONGEST:
        return None
    try:
        cursor = Cursor.over(text)
        if not cursor.accept("INSERT", "INTO"):
            return None
        cursor.until("VALUES", "SELECT", "WITH", "TABLE", "DEFAULT", "ON")
        rows = _rows(cursor) if cursor.accept("VALUES") else ()
        return Inserted(rows, _key(cursor))
    except (NotRead, Unterminated):
        return None


def _rows(cursor: Cursor) -> tuple[tuple[str, ...], ...]:
    rows = [_row(cursor)]
    while cursor.accept(","):
        rows.append(_row(cursor))
    return tuple(rows)


def _row(cursor: Cursor) -> tuple[str, ...]:
    return tuple(part.text for part in cursor.items())


def _key(cursor: Cursor) -> tuple[str, ...] | None:
    while not cursor.done:
        cursor.until("ON")
        if cursor.accept("ON", "CONFLICT"):
            break
        if not cursor.done:
            cursor.advance()
    if not cursor.sees("("):
        return None
    parts = cursor.items()
    plain = all(len(part.tokens) == 1 and part.token().kind in (Kind.WORD, Kind.QUOTED) for part in parts)
    return tuple(part.label() for part in parts) if plain and not cursor.sees("WHERE") else None
