"""What an answer may look like where a person must say how one column follows from others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from safemigrate.rulebook.inverse import cast_of
from safemigrate.rulebook.retyping import KNOWN, STRINGS
from safemigrate.schema import Answer, Column, Expression, Name
from safemigrate.schema.name import literal, quoted

_LOOK_UP = re.compile(
    r"\(SELECT (?P<value>(?:\w+\.)?(?P<column>\w+)) FROM (?P<source>(?P<table>\w+(?:\.\w+)?)(?: (?:AS )?\w+)?) "
    r"WHERE (?P<left>[^=<>!]+?) = (?P<right>[^=<>!]+?)(?: LIMIT 1)?\)",
    re.IGNORECASE,
)
_TYPE = r"(?:::[\w. ]+(?:\(\d+(?:, ?\d+)?\))?)?"
_VALUE = rf"'(?:[^']|'')*'{_TYPE}|-?[\w.]+"
_CASE = re.compile(rf"CASE(?P<whens>(?: WHEN .+? THEN (?:{_VALUE}))+)(?: ELSE (?:{_VALUE}))? END", re.IGNORECASE)
_WHEN = re.compile(rf" WHEN (?P<condition>.+?) THEN (?P<value>{_VALUE})(?= WHEN |$)", re.IGNORECASE)
_SCALED = re.compile(
    r"\W*(?:round\W+)?(?P<term>[\w.]+) (?P<by>[*/]) (?P<factor>\d+)(?:\.0*)?\)*(?:::\w+)?\)*", re.IGNORECASE
)
_OBJECTS = {"json": "json_build_object", "jsonb": "jsonb_build_object"}


def suggested(column: Column, over: Sequence[Column]) -> str:
    """An expression over the columns *over* that *column* may take; NULL where nothing is near at hand."""
    type_, names = column.type, [quoted(each.name) for each in over]
    if type_ is None or (len(over) == 1 and over[0].type == type_):
        return names[0]
    if type_.name in _OBJECTS and not type_.dimensions:
        pairs = ", ".join(f"{literal(each.name)}, {name}" for each, name in zip(over, names, strict=True))
        return f"{_OBJECTS[type_.name]}({pairs})"
    if type_.name in STRINGS and len(over) > 1:
        return f"concat_ws(' ', {', '.join(names)})"
    if type_.name == "boolean":
        return f"{names[0]} IS NOT NULL" if over[0].nullable is not Answer.NO else "NULL"
    plain = type_.name in STRINGS or all(each.type is None or each.type.name in KNOWN for each in over)
    return f"{names[0]}::{type_.sql()}" if plain else "NULL"


def turned_round(up: Expression, table: Name, old: Column, new: Column) -> str | None:
    """What may lead from *new* back to *old*, which *up* leads from; None where it does nothing that turns round."""
    return looked_back(up, table, old, new) or _decoded(up, table, old, new) or _scaled_back(up, table, old, new)


def _decoded(up: Expression, table: Name, old: Column, new: Column) -> str | None:
    """The opposite of a CASE that gives each of some old values a new one."""
    match = _CASE.fullmatch(" ".join(up.text.split()))
    if match is None:
        return None
    pairs = [(_tested(each["condition"], table, old), each["value"]) for each in _WHEN.finditer(match["whens"])]
    if any(value is None for value, _ in pairs):
        return None
    if [value for value, _ in pairs] == ["true"]:
        return f"{quoted(new.name)} = {_untyped(pairs[0][1])}"
    cast = f"::{old.type.sql()}" if old.type is not None else ""
    values = ((f"{value}{cast}" if value and value.startswith("'") else value, code) for value, code in pairs)
    return f"CASE {quoted(new.name)} {' '.join(f'WHEN {_untyped(code)} THEN {value}' for value, code in values)} END"


def _untyped(value: str) -> str:
    """A constant as it may stand beside what says its type."""
    return value[: value.rindex("'") + 1] if value[:1] == "'" else value


def _tested(condition: str, table: Name, old: Column) -> str | None:
    """The value that the condition asks the old column for."""
    bare = condition.strip("() ")
    if cast_of(bare, table, [old.name]) is not None:
        return "true"
    term, equals, value = bare.partition(" = ")
    asked = cast_of(term.strip(), table, [old.name]) is not None and re.fullmatch(_VALUE, value.strip())
    return value.strip() if equals and asked else None


def _scaled_back(up: Expression, table: Name, old: Column, new: Column) -> str | None:
    match = _SCALED.fullmatch(" ".join(up.text.split()))
    if match is None or cast_of(match["term"], table, [old.name]) is None:
        return None
    factor = match["factor"]
    return f"{quoted(new.name)} * {factor}" if match["by"] == "/" else f"{quoted(new.name)} / {factor}.0"


@dataclass(frozen=True, slots=True)
class LookUp:
    """The *value*, that of *column*, in the row of *table* where two terms agree; *source* may call it otherwise."""

    value: str
    column: str
    table: Name
    source: str
    terms: tuple[str, str]


def looks_up(expression: Expression) -> LookUp | None:
    """What an expression looks up in a row of another table; None where it is no plain look-up by one term."""
    match = _LOOK_UP.fullmatch(" ".join(expression.text.split()))
    if match is None:
        return None
    schema, _, name = match["table"].rpartition(".")
    table = Name(name, schema or None)
    return LookUp(match["value"], match["column"], table, match["source"], (match["left"], match["right"]))


def looked_back(up: Expression, table: Name, old: Column, new: Column) -> str | None:
    """The expression that finds *old* where *up* found *new* in another table; None where it is no plain look-up."""
    looked = looks_up(up)
    if looked is None or old.type is None:
        return None
    for mine, theirs in (looked.terms, looked.terms[::-1]):
        found = cast_of(mine, table, [old.name])
        if found is not None:
            cast = f"::{old.type.sql()}" if found[1] is not None else ""
            here = f"{table.sql()}.{quoted(new.name)}"
            return f"(SELECT {theirs}{cast} FROM {looked.source} WHERE {looked.value} = {here} LIMIT 1)"
    return None
