"""The names that PostgreSQL chooses for constraints and indexes that were written without one.

Source: PostgreSQL 18, makeObjectName, ChooseConstraintName, ChooseIndexName; proved in tests/schema/test_names.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from safemigrate.schema.model import (
    Check,
    Column,
    Constraint,
    Exclusion,
    ForeignKey,
    Generation,
    Index,
    NotNullConstraint,
    PrimaryKey,
    Unique,
)
from safemigrate.schema.name import Name

#: whether a name is taken in the schema of the table
Taken = Callable[[str], bool]

LONGEST_BYTES = 63
NUMBERED = (Generation.SERIAL, Generation.IDENTITY_ALWAYS, Generation.IDENTITY_BY_DEFAULT)

_NAME = r'"(?:[^"]|"")+"|[^\W\d][\w$]*'
_COLUMN = re.compile(rf"(?P<name>{_NAME})")
_TYPE = (
    r"(?P<type>[\w.\"]+)(?: +(?:varying|precision|with time zone|without time zone))?(?: *\([\d, ]*\))?(?: *\[\])*"
)
_CAST = re.compile(rf"(?P<operand>.+?)\s*::\s*{_TYPE}", re.DOTALL)
_CALL = re.compile(rf"(?:(?:{_NAME})\s*\.\s*)?(?P<name>{_NAME})\s*(?=\()")


def constraint_name(table: str, constraint: Constraint, taken: Taken) -> str:
    """The name of a constraint of *table*; one made USING INDEX takes over the name of its index."""
    match constraint:
        case PrimaryKey(index=str() as index) | Unique(index=str() as index):
            return index
        case PrimaryKey():
            return _free(table, "", "pkey", taken)
        case Unique():
            return _free(table, _joined((*constraint.columns, *constraint.include)), "key", taken)
        case ForeignKey():
            return _free(table, _joined(constraint.columns), "fkey", taken)
        case Check():
            columns = constraint.expression.columns
            return _free(table, next(iter(columns)) if len(columns) == 1 else "", "check", taken)
        case NotNullConstraint():
            return _free(table, constraint.column, "not_null", taken)
        case Exclusion():
            return _free(table, _joined(_distinct(map(_element_name, _excluded(constraint)))), "excl", taken)


def index_name(table: str, index: Index, taken: Taken) -> str:
    """The name of an index on *table*."""
    return _free(table, _joined(_distinct((*map(_element_name, index.elements), *index.include))), "idx", taken)


def sequence_name(table: str, column: str, taken: Taken = lambda name: False) -> str:
    """The name that the sequence of a serial or an identity is given."""
    return _free(table, column, "seq", taken)


def sequence_of(table: Name, column: Column) -> Name:
    """The sequence of a serial or an identity of *table*: it keeps its name where they get others."""
    return table.beside(column.sequence or sequence_name(table.name, column.name))


def numbered_as(table: Name, column: Column) -> Column:
    """The column with the name that its sequence keeps when the column or its table gets another."""
    return replace(column, sequence=sequence_of(table, column).name) if column.generation in NUMBERED else column


def _free(table: str, middle: str, label: str, taken: Taken) -> str:
    """The first name that is not taken. A number is part of the label, which is never cut."""
    number, name = 0, _fitted(table, middle, label)
    while taken(name):
        number += 1
        name = _fitted(table, middle, f"{label}{number}")
    return name


def _fitted(table: str, middle: str, label: str) -> str:
    """The parts joined; the longer of table and middle is cut, byte by byte, until all fit."""
    room = LONGEST_BYTES - len(label) - 1 - bool(middle)
    first, second = len(table.encode()), len(middle.encode())
    while first + second > room:
        if first > second:
            first -= 1
        else:
            second -= 1
    parts = (_cut(table, first), _cut(middle, second), label)
    return "_".join(part for part in parts if part)


def _cut(text: str, length: int) -> str:
    """At most *length* bytes of *text*, whole characters only."""
    return text.encode()[:length].decode(errors="ignore")


def _joined(columns: Iterable[str]) -> str:
    """Names joined until the result is longer than any name may be."""
    joined = ""
    for column in columns:
        joined += ("_" if joined else "") + column
        if len(joined.encode()) > LONGEST_BYTES:
            break
    return joined


def _distinct(names: Iterable[str]) -> list[str]:
    """The names of an index's columns: one that stands there already gets a number."""
    found: list[str] = []
    for name in names:
        number, candidate = 0, name
        while candidate in found:
            number += 1
            candidate = f"{name}{number}"
        found.append(candidate)
    return found


def _element_name(element: str) -> str:
    """The name of an element's column: its own, that of the function it calls, or "expr"."""
    text = element.strip()
    if text.startswith("("):
        inner = text[1 : _closing(text)].strip()
        cast = _CAST.fullmatch(inner)
        operand = cast["operand"] if cast else inner
        if cast and re.fullmatch(r"'[^']*'|[\d.]+", operand):
            return _folded(cast["type"])
        return _element_name(operand) if _is_whole(operand) else "expr"
    call = _CALL.match(text)
    if call:
        return _folded(call["name"])
    column = _COLUMN.match(text)
    return _folded(column["name"]) if column else "expr"


def _is_whole(text: str) -> bool:
    """Whether the text is one column, one call or one parenthesis, and not an operation on several."""
    call = _CALL.match(text)
    start = call.end() if call else 0
    if text[start : start + 1] == "(":
        return _closing(text[start:]) == len(text) - start - 1
    return re.fullmatch(rf"(?:{_NAME})", text) is not None


def _closing(text: str) -> int:
    """Where the parenthesis that *text* begins with is closed."""
    depth = 0
    for position, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return position
    return len(text)


def _folded(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _excluded(constraint: Exclusion) -> Iterable[str]:
    """The elements of an exclusion, each with the operator behind it."""
    start = constraint.text.find("(")
    body = constraint.text[start + 1 : start + _closing(constraint.text[start:])]
    depth = 0
    piece = ""
    for character in body:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield piece
            piece = ""
        else:
            piece += character
    yield piece
