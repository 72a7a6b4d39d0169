"""Values that a column does not take: constants of another type, too many or too few of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

from safemigrate.history.statement import STAND_IN_MARK
from safemigrate.rulebook.parts import columns_of
from safemigrate.schema import Answer, Operation, Schema, Table, Type
from safemigrate.schema import operations as o
from safemigrate.schema.name import literal, quoted
from safemigrate.sql import inserted

_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_TIMES = ("date", "time ", "timestamp ", "interval")
_STRING = re.compile(r"'((?:[^'\\]|'')*)'")
_LABEL = re.compile(r"'((?:[^'\\]|'')*)'(?:\s*::\s*[\w.\"]+)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_DAY = re.compile(r"\s*(\d{4})-(\d\d?)-(\d\d?)(?!\d)")
_WHOLE_NUMBER = re.compile(r"\s*[+-]?(?:\d[\d_]*|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)\s*")
_UUID = re.compile(r"\s*\{?(?:[\da-fA-F]{4}-?){8}\}?\s*")
_TRUTHS = ("true", "yes", "on", "1", "false", "no", "off", "0")


def misfits(op: Operation, before: Schema) -> Iterator[str]:
    """The reasons why a constant of the operation is no value of its column."""
    match op:
        case o.SetDefault(table=table, column=column, default=default):
            yield from _misfit(default.text, before.column(table, column).type, column, before)
        case o.Update(table=table, assignments=assignments):
            for column, value in assignments:
                yield from _misfit(value.text, before.column(table, column).type, column, before, labels=True)
        case o.Insert():
            yield from _of_rows(op, before)
        case _:
            for made in columns_of(op):
                if made.default is not None:
                    yield from _misfit(made.default.text, made.type, made.name, before)


def _misfit(text: str, type_: Type | None, column: str, before: Schema, *, labels: bool = False) -> Iterator[str]:
    type_ = before.below(type_)
    if type_ is None or not type_.certain or STAND_IN_MARK in text:
        return
    enum = before.enums.get(before.resolve(type_.called)) if labels and not type_.dimensions else None
    label = _LABEL.fullmatch(text.strip())
    if enum is not None and label is not None and label[1] not in enum.labels:
        yield f"{enum.name} has no label {literal(label[1])}."
    elif why := _why(text.strip(), type_):
        yield f"{quoted(column)} is {type_.sql()}, and {text.strip()} is {why}."


def _why(text: str, type_: Type) -> str:
    """What else the constant is, empty where it may be of the type."""
    if type_.schema is not None:
        return ""
    string = _STRING.fullmatch(text)
    if string is not None:
        return "" if _spells(string[1].replace("''", "'"), type_) else "none"
    if _NUMBER.fullmatch(text):
        return "a number" if not type_.dimensions and _takes_no_number(type_.name) else _element(type_)
    if text.upper() in ("TRUE", "FALSE"):
        takes = type_.name in ("boolean", "text", "character varying", "character") or not _is_known(type_.name)
        return "a truth value" if not takes and not type_.dimensions else _element(type_)
    return ""


def _element(type_: Type) -> str:
    return "no array" if type_.dimensions else ""


def _is_known(name: str) -> bool:
    return name in _NUMBERS or name in ("boolean", "uuid", "json", "jsonb", "bytea") or name.startswith(_TIMES)


def _takes_no_number(name: str) -> bool:
    return _is_known(name) and name not in _NUMBERS


def _spells(value: str, type_: Type) -> bool:
    """Whether the text may be a value of the type: only what certainly is none is said to be none."""
    if type_.dimensions:
        return value.lstrip().startswith(("{", "["))
    match type_.name:
        case name if name in _WHOLE:
            return _WHOLE_NUMBER.fullmatch(value) is not None
        case "boolean":
            word = value.strip().lower()
            return bool(word) and word != "o" and any(truth.startswith(word) for truth in _TRUTHS)
        case "uuid":
            return _UUID.fullmatch(value) is not None
        case "json" | "jsonb":
            return _is_json(value)
        case name if name.startswith(("date", "timestamp ")):
            return _is_day(value)
        case _:
            return True


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def _is_day(value: str) -> bool:
    """Whether the text may be a day: of the ways to write one, the plain one is looked at."""
    match = _DAY.match(value)
    if match is None:
        return True
    year, month, day = map(int, match.groups())
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


# -- the rows of an INSERT -----------------------------------------------------------------------------------------


def _of_rows(op: o.Insert, before: Schema) -> Iterator[str]:
    table, given = before.table(op.table), inserted(op.text)
    if table is None or not table.known or given is None:
        return
    columns = op.columns or tuple(table.columns)
    for row in given.rows:
        if len(row) > len(columns) or (op.columns and len(row) < len(columns)):
            yield f"The INSERT names {len(columns)} columns and gives {len(row)} values."
            return
        for column, value in zip(columns, row, strict=False):
            yield from _misfit(value, before.column(op.table, column).type, column, before, labels=True)
    yield from _left_out(op, table, given.rows, before)
    if given.key is not None and not any(_serves(table, name, given.key) for name in table.indexes):
        named = ", ".join(map(quoted, given.key))
        yield f"No unique key of {op.table} is over ({named}), by which ON CONFLICT could tell."


def _left_out(op: o.Insert, table: Table, rows: tuple[tuple[str, ...], ...], before: Schema) -> Iterator[str]:
    """A required column that gets no value, where no trigger may give it one."""
    fills = any(t.timing == "BEFORE" and "INSERT" in t.events for t in before.triggers_on(op.table))
    if not rows or not op.columns or fills:
        return
    for column in table.columns.values():
        if column.required is Answer.YES and column.name not in op.columns:
            yield f"{quoted(column.name)} is NOT NULL without a default, and the INSERT gives it no value."


def _serves(table: Table, index: str, key: tuple[str, ...]) -> bool:
    found = table.indexes[index]
    plain = found.unique and found.where is None and len(found.columns) == len(found.elements)
    # of an index over something else it is not known what it serves
    return plain and set(found.columns) == set(key)
