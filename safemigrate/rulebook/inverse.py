"""The way back from a new column to the one that it was computed from, where it can be proved."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from safemigrate.rulebook.retyping import INTEGERS, STRINGS, Loss, loss
from safemigrate.schema import Column, Expression, Name, Schema, Type
from safemigrate.schema.name import literal, quoted
from safemigrate.schema.operations import ChangeType
from safemigrate.sql import read

# what text holds of them is what they are, whatever the session's settings
_EXACT_AS_TEXT = frozenset({*INTEGERS, "numeric", "uuid", "json", "jsonb"})
_TIMES = frozenset({"timestamp without time zone", "timestamp with time zone"})
_UTC = re.compile(r"(?P<inner>.+?)\s+AT\s+TIME\s+ZONE\s+'(?:UTC|Etc/UTC)'(?:::text)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inverse:
    """An expression over a new column. *total* says that every value but NULL has one for the old column."""

    text: str
    total: bool


def inverse(schema: Schema, table: Name, old: Column, new: Column, up: Expression) -> Inverse | None:
    """What gives *old* its value from *new*, where *up* is that column or a cast of it; None where none is proved."""
    if old.type is None or new.type is None or not old.type.certain or not new.type.certain:
        return None
    if up.columns != {old.name}:
        return None
    name = quoted(new.name)
    if _is_utc(up.text, table, old.name) and {old.type.name, new.type.name} == _TIMES:
        return Inverse(f"{name} AT TIME ZONE 'UTC'", total=True)
    if not _only_casts(up.text, table, old.name, new.type):
        return None
    if old.type == new.type:
        return Inverse(name, total=True)
    return _cast(schema, name, new.type, old.type)


def is_the_column(text: str, table: Name, column: str) -> bool:
    """Whether an expression is the column and nothing else."""
    return _bare(text).lower() in {form.lower() for form in _spellings(table, column)}


def is_a_cast(text: str, table: Name, column: str) -> bool:
    """Whether an expression is the column, or one cast of it, and so NULL where that is."""
    return is_the_column(text, table, column) or _cast_to(_bare(text), table, column) is not None


def cast_of(text: str, table: Name, columns: Iterable[str]) -> tuple[str, Type | None] | None:
    """Which of *columns* an expression is, and the type that it casts it to, if it does; None where it is no such."""
    for column in columns:
        if is_the_column(text, table, column):
            return column, None
        type_ = _cast_to(_bare(text), table, column)
        if type_ is not None:
            return column, type_
    return None


def tests_not_null(text: str, table: Name, column: str) -> bool:
    """Whether a condition says that the column is not NULL, and nothing else."""
    match = re.fullmatch(r"(?P<inner>.+)\s+IS\s+NOT\s+NULL", _bare(text), re.IGNORECASE | re.DOTALL)
    return match is not None and is_the_column(match["inner"], table, column)


def narrowed(name: str, type_: Type) -> str | None:
    """The value of *name*, of a wider type of one family, where *type_* holds it, else NULL; None where no condition
    says so without an error."""
    cast = f"{name}::{type_.sql()}"
    if type_.dimensions or type_.schema:
        return None
    if type_.name in INTEGERS:
        most = 2 ** (8 * INTEGERS[type_.name] - 1)
        return f"CASE WHEN {name} BETWEEN {-most} AND {most - 1} THEN {cast} END"
    if type_.name == "character varying" and type_.arguments:
        return f"CASE WHEN length({name}) <= {type_.arguments[0]} THEN {cast} END"
    if type_.name == "numeric" and type_.arguments:
        precision, scale = int(type_.arguments[0]), int(type_.arguments[1]) if len(type_.arguments) > 1 else 0
        return f"CASE WHEN abs({name}) < 1e{precision - scale} THEN {cast} END"
    return None


def _cast(schema: Schema, name: str, new: Type, old: Type) -> Inverse | None:
    """The cast of *name*, of type *new*, to *old*, whose values came from there by a cast."""
    if new.dimensions or old.dimensions:
        return None
    if {old.name, new.name} == {"json", "jsonb"}:
        return Inverse(f"{name}::{old.sql()}", total=True)
    new_labels, old_labels = _labels(schema, new), _labels(schema, old)
    if old_labels is not None and (new_labels is not None or new.name in STRINGS):
        labels = ", ".join(map(literal, old_labels))
        text = f"{name}::text" if new_labels is not None else name
        total = new_labels is not None and set(new_labels) <= set(old_labels)
        cast = f"{text}::{old.sql()}"
        return Inverse(cast if total else f"CASE WHEN {text} IN ({labels}) THEN {cast} END", total)
    if old.name in STRINGS and (new.name in _EXACT_AS_TEXT or new_labels is not None):
        fitting = narrowed(f"{name}::text", old)
        return Inverse(
            fitting or f"{name}::text", total=fitting is None and old.name in ("text", "character varying")
        )
    if old.name in INTEGERS and new.name in STRINGS:
        digits = {2: 4, 4: 9, 8: 18}[INTEGERS[old.name]]
        return Inverse(f"CASE WHEN {name} ~ '^-?\\d{{1,{digits}}}$' THEN {name}::{old.sql()} END", total=False)
    if loss(old, new) is not Loss.NONE or not _one_family(old, new):
        return None
    if loss(new, old) is Loss.NONE:
        return Inverse(name, total=True)
    fitting = narrowed(name, old)
    return Inverse(fitting, total=False) if fitting else None


def _one_family(old: Type, new: Type) -> bool:
    plain = {"text", "character varying"}
    return any({old.name, new.name} <= family for family in (frozenset(INTEGERS), plain, {"numeric"}))


def _labels(schema: Schema, type_: Type) -> tuple[str, ...] | None:
    enum = schema.enums.get(schema.resolve(type_.called))
    return enum.labels if enum is not None else None


def _only_casts(text: str, table: Name, column: str, type_: Type) -> bool:
    """Whether the expression is the column, assigned or cast to *type_*; by way of text from one enum to another."""
    return is_the_column(text, table, column) or _cast_to(_bare(text), table, column) == type_


def _cast_to(bare: str, table: Name, column: str) -> Type | None:
    """The type that the expression casts the column to, None where it does anything else."""
    match = re.fullmatch(r"cast\s*\((?P<inner>.+)\s+as\s+(?P<type>[^()]+(?:\([\d, ]+\))?)\)", bare, re.I | re.S)
    match = match or re.fullmatch(
        r"(?P<inner>.+?)(?:::text)?\s*::\s*(?P<type>[^:]+)", bare, re.IGNORECASE | re.DOTALL
    )
    if match is None or not is_the_column(match["inner"].strip(), table, column):
        return None
    return _type(match["type"])


def _is_utc(text: str, table: Name, column: str) -> bool:
    match = _UTC.fullmatch(_bare(text))
    return match is not None and is_the_column(match["inner"], table, column)


def _type(text: str) -> Type | None:
    (operation,) = read(f"ALTER TABLE t ALTER COLUMN c TYPE {text}")
    return operation.type if isinstance(operation, ChangeType) else None


def _bare(text: str) -> str:
    """The expression without parentheses around all of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _closes_last(text):
        text = text[1:-1].strip()
    return text


def _closes_last(text: str) -> bool:
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place == len(text) - 1
    return False


def _spellings(table: Name, column: str) -> set[str]:
    always = '"' + column.replace('"', '""') + '"'
    plain = {quoted(column), always}
    return plain | {f"{quoted(table.name)}.{each}" for each in plain}
