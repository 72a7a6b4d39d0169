"""Bound values that the author wrote: they stand in the file, so they may stand in the statement's text as well."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

#: what may be split and written down again; the rows of an INSERT are told well enough by its columns
_CHANGES_ROWS = re.compile(r"\s*(?:UPDATE|DELETE|WITH)\b", re.IGNORECASE)
#: a placeholder, or what may look like one within quotes
_PIECE = re.compile(r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \$(?P<number>\d+)""", re.VERBOSE)
#: texts in which quotes mean something else
_OTHER_QUOTES = re.compile(r"\\|\$\w*\$|--|/\*")

_LITERALS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    bool: lambda value: str(value).lower(),
    int: str,
    float: repr,
    str: lambda value: "'" + value.replace("'", "''") + "'",
}

Constant = tuple[type, object]


def constants(tree: ast.AST) -> frozenset[Constant]:
    """The constants of a file, and numbers with a minus sign; with their types, since True is 1 to Python."""
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    numbers = [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    return frozenset((type(value), value) for value in (*found, *(-number for number in numbers)))


def written_out(sql: str, values: Sequence[object], known: frozenset[Constant]) -> str | None:
    """*sql* with *values* in place of its ``$1`` … where each is one of the constants *known*, else None."""
    if not _CHANGES_ROWS.match(sql) or _OTHER_QUOTES.search(sql):
        return None
    literals = _literals(values, known)
    if literals is None:
        return None

    def literal(found: re.Match[str]) -> str:
        number = found["number"]
        return found[0] if number is None else literals[int(number) - 1]

    try:
        return _PIECE.sub(literal, sql)
    except IndexError:
        return None


def _literals(values: Sequence[object], known: frozenset[Constant]) -> list[str] | None:
    literals: list[str] = []
    for value in values:
        # type() and not isinstance(): what a class of somebody's own stands for is not what is written
        write = _LITERALS.get(type(value))
        if write is None or (type(value), value) not in known:
            return None
        literals.append(write(value))
    return literals
