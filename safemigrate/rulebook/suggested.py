"""What an answer may look like where a person must say how one column follows from others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from safemigrate.rulebook.inverse import cast_of
from safemigrate.rulebook.retyping import STRINGS
from safemigrate.schema import Column, Expression, Name
from safemigrate.schema.name import literal, quoted

_LOOK_UP = re.compile(
    r"\(SELECT (?P<value>(?:\w+\.)?(?P<column>\w+)) FROM (?P<source>(?P<table>\w+(?:\.\w+)?)(?: (?:AS )?\w+)?) "
    r"WHERE (?P<left>[^=<>!]+?) = (?P<right>[^=<>!]+?)(?: LIMIT 1)?\)",
    re.IGNORECASE,
)
_OBJECTS = {"json": "json_build_object", "jsonb": "jsonb_build_object"}


def suggested(column: Column, over: Sequence[Column]) -> str:
    """An expression over the columns *over* that *column* may take."""
    type_, names = column.type, [quoted(each.name) for each in over]
    if type_ is None or (any(each.type == type_ for each in over[:1]) and len(over) == 1):
        return names[0]
    if type_.name in _OBJECTS and not type_.dimensions:
        pairs = ", ".join(f"{literal(each.name)}, {name}" for each, name in zip(over, names, strict=True))
        return f"{_OBJECTS[type_.name]}({pairs})"
    if type_.name == "boolean":
        return f"{names[0]} IS NOT NULL"
    if type_.name in STRINGS and len(over) > 1:
        return f"concat_ws(' ', {', '.join(names)})"
    return f"{names[0]}::{type_.sql()}"


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
