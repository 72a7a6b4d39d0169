"""Whether a CHECK proves the bound of a partition, so that nobody has to look at its rows.

Only the plain shapes are recognised: one key column, compared with constants. What is not recognised is not
proven, which errs towards a scan that does not happen.
"""

from __future__ import annotations

import re

from safemigrate.schema.locks.place import Place
from safemigrate.schema.model import Answer, Check, Table
from safemigrate.schema.name import Name

_CONSTANT = r"(?:(?:date|timestamp|timestamptz|bigint|integer)\s*)?('(?:[^']|'')*'|-?\d+)(?:\s*::\s*[\w ]+)?"
_RANGE = re.compile(rf"FOR\s+VALUES\s+FROM\s*\(\s*{_CONSTANT}\s*\)\s*TO\s*\(\s*{_CONSTANT}\s*\)", re.IGNORECASE)
_LIST = re.compile(rf"FOR\s+VALUES\s+IN\s*\(\s*{_CONSTANT}\s*\)", re.IGNORECASE)
_KEY = re.compile(r"(?:RANGE|LIST)\s*\(\s*\"?(\w+)\"?\s*\)", re.IGNORECASE)
_COMPARED = re.compile(rf"\"?(\w+)\"?\s*(>=|<=|<>|>|<|=)\s*{_CONSTANT}", re.IGNORECASE)

#: a comparison that a check makes: column, operator, constant
Comparison = tuple[str, str, str]


def proven_bound(at: Place, parent: Name, partition: Name, bound: str) -> bool:
    """Whether valid checks of *partition* say that all its rows lie in *bound*."""
    table, key = at.table(partition), _key(at, parent)
    if table is None or key is None or not _not_null(table, key):
        return False
    wanted = _wanted(key, bound)
    return wanted is not None and wanted <= _said(table)


def excluded_from_default(at: Place, parent: Name, default: Name, bound: str) -> bool:
    """Whether a valid check of the *default* partition says that none of its rows lies in *bound*."""
    table, key, range_ = at.table(default), _key(at, parent), _RANGE.fullmatch(bound.strip())
    if table is None or key is None or range_ is None or not _not_null(table, key):
        return False
    outside = {(key, "<", range_[1]), (key, ">=", range_[2])}
    return any(_parts(check, "OR") == outside for check in _checks(table))


def _wanted(key: str, bound: str) -> set[Comparison] | None:
    """The comparisons that would prove a bound."""
    if match := _RANGE.fullmatch(bound.strip()):
        return {(key, ">=", match[1]), (key, "<", match[2])}
    if match := _LIST.fullmatch(bound.strip()):
        return {(key, "=", match[1])}
    return None


def _key(at: Place, parent: Name) -> str | None:
    """The one column of the partition key, None where there are several or they are not known."""
    table = at.table(parent)
    match = _KEY.fullmatch(table.partition_key) if table else None
    return match[1] if match else None


def _not_null(table: Table, column: str) -> bool:
    known = table.columns.get(column)
    if known is not None and known.nullable is Answer.NO:
        return True
    return any(column in check.expression.not_null and _says_so(check, column) for check in _checks(table))


def _says_so(check: Check, column: str) -> bool:
    """A comparison is no proof against NULL, which a check lets pass."""
    return re.search(rf"\b{re.escape(column)}\"?\s+IS\s+NOT\s+NULL", check.expression.text, re.IGNORECASE) is not None


def _checks(table: Table) -> list[Check]:
    found = (c for c in table.constraints.values() if isinstance(c, Check))
    return [check for check in found if check.valid and check.enforced]


def _said(table: Table) -> set[Comparison]:
    """Every comparison that holds for all rows."""
    return {comparison for check in _checks(table) for comparison in _parts(check, "AND")}


def _parts(check: Check, word: str) -> set[Comparison]:
    """The comparisons that a check joins by *word*, empty where something else stands beside them by another word."""
    text = re.sub(r"[()]", " ", check.expression.text)
    other = "OR" if word == "AND" else "AND"
    if re.search(rf"\b(?:{other}|NOT(?!\s+NULL))\b", text, re.IGNORECASE):
        return set()
    parts = [part.strip() for part in re.split(rf"\b{word}\b", text, flags=re.IGNORECASE)]
    matches = [match for part in parts if (match := _COMPARED.fullmatch(part))]
    if word == "OR" and len(matches) < len(parts):
        return set()
    return {(match[1], match[2], match[3]) for match in matches}
