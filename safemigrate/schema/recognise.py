"""Our own templates, recognised when read back.

A text is ours only if making it anew from its header gives the same text, so an edited one is no longer recognised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from safemigrate.schema.conversion import (
    INSERT_PREFIX,
    CreateConversionFunction,
    CreateConversionTrigger,
    Expressions,
)
from safemigrate.schema.leftovers import DropInvalidIndex, FinishDetach
from safemigrate.schema.name import Name
from safemigrate.schema.operations import Operation
from safemigrate.schema.renaming import EndRename, UndoRename
from safemigrate.schema.sync import CreateFillFunction, CreateSyncFunction, CreateSyncTrigger, Guard

#: the operations that our templates are; each carries the written names that it was made from
TEMPLATES: tuple[type[Operation], ...] = (
    CreateSyncFunction,
    CreateFillFunction,
    CreateSyncTrigger,
    CreateConversionFunction,
    CreateConversionTrigger,
    EndRename,
    UndoRename,
    DropInvalidIndex,
    FinishDetach,
    Guard,
)

NameParser = Callable[[str], Name]

_HEADER = re.compile(
    r"^\s*-- safemigrate (sync|fill|convert|rename|unrename|invalid|detach|guard) 1 (\{.*\})\s*$", re.MULTILINE
)


def recognise(text: str, parse_name: NameParser) -> Operation | None:
    """The template operation that *text* was made from, or None if it is not exactly ours.

    *text* may be indented otherwise and end in a semicolon. *parse_name* reads a written name (``public."T"``)
    into a Name.
    """
    match = _HEADER.search(text)
    if match is None:
        return _recognised_trigger(text, parse_name)
    try:
        made = _made(match[1], json.loads(match[2]), parse_name)
    except (ValueError, KeyError, TypeError):
        return None
    if any(expression not in text for expression in _expressions(made)):
        return None
    return made if _lines(made.sql()) == _lines(text) else None


_IDENTIFIER = r'"(?:[^"]|"")+"|[^\s"()]+'
_TRIGGER = re.compile(
    rf"""\s*CREATE\s+OR\s+REPLACE\s+TRIGGER\s.+?\sON\s+(?P<table>.+?)\s+FOR\s+EACH\s+ROW
        \s+WHEN\s+\((?:NOT\s+pg_catalog\.record_image_eq\(ROW\()?NEW\.(?P<column>{_IDENTIFIER})
        (?:\),\s+ROW\(NEW\.(?P<imaged>{_IDENTIFIER})\)\)|\s+IS\s+DISTINCT\s+FROM\s+NEW\.(?P<valued>{_IDENTIFIER})
        |\s+IS\s+NOT\s+DISTINCT\s+FROM\s+NULL)\)
        \s+EXECUTE\s+FUNCTION\s.+\s*;?\s*""",
    re.VERBOSE | re.DOTALL,
)


_CONVERTING = re.compile(
    rf"""\s*CREATE\s+OR\s+REPLACE\s+TRIGGER\s+(?P<trigger>{_IDENTIFIER})\s+BEFORE\s+(?:INSERT|UPDATE)\s+ON
        \s+(?P<table>.+?)\s+FOR\s+EACH\s+ROW(?:\s+WHEN\s+\((?P<condition>.+)\))?
        \s+EXECUTE\s+FUNCTION\s+(?P<function>.+)\(\)\s*;?\s*""",
    re.VERBOSE | re.DOTALL,
)


def _recognised_trigger(text: str, parse_name: NameParser) -> Operation | None:
    match = _TRIGGER.fullmatch(text)
    converting = _CONVERTING.fullmatch(text)
    try:
        if match is not None:
            made = _synced(match, parse_name)
        elif converting is not None:
            made = _converting(converting, parse_name)
        else:
            return None
    except ValueError:
        return None
    # a revision may break the statement into lines
    return made if made.sql().split() == text.rstrip("; \n").split() else None


def _synced(match: re.Match[str], parse_name: NameParser) -> Operation:
    written = match["column"], match["imaged"] or match["valued"]
    column, old = (parse_name(each).name if each else "" for each in written)
    return CreateSyncTrigger(parse_name(match["table"]), column, old, by_value=bool(match["valued"]))


def _converting(match: re.Match[str], parse_name: NameParser) -> Operation:
    """The trigger of a conversion. Its condition names all columns, and then the new ones before the old."""
    trigger, function = parse_name(match["trigger"]).name, parse_name(match["function"])
    condition = match["condition"] or ""
    written = re.findall(rf"NEW\.({_IDENTIFIER}?)(?=[,\s)])", condition)
    named = tuple(parse_name(each).name for each in written)
    ours = function.name.startswith("safemigrate_sync_") and trigger.startswith("zzz_safemigrate_")
    if not ours or trigger.startswith(INSERT_PREFIX) is bool(named):
        raise ValueError(trigger)
    columns = named[: len(named) // 2]
    split = columns.index(named[len(columns)]) if named else 0
    by_value = bool(named) and "record_image_eq" not in condition
    return CreateConversionTrigger(
        parse_name(match["table"]), trigger, function, columns[:split], columns[split:], by_value
    )


def _made(kind: str, fields: dict[str, object], parse_name: NameParser) -> Operation:
    if kind == "guard":
        tables = _listed(fields["tables"])
        return Guard(str(fields["revision"]), tuple(parse_name(str(table)) for table in tables))
    table = parse_name(str(fields["table"]))
    if kind == "sync":
        return CreateSyncFunction(table, str(fields["old"]), str(fields["new"]), bool(fields.get("by_value")))
    if kind == "rename":
        return EndRename(table, str(fields["old"]), str(fields["new"]))
    if kind == "unrename":
        return UndoRename(table, str(fields["old"]), str(fields["new"]))
    if kind == "invalid":
        return DropInvalidIndex(table, str(fields["index"]))
    if kind == "detach":
        return FinishDetach(table, parse_name(str(fields["partition"])))
    if kind == "convert":
        return CreateConversionFunction(
            table,
            _side(fields["up"]),
            _side(fields["down"]),
            _side(fields.get("types", {})),
            tuple(map(str, _listed(fields.get("total", [])))),
            bool(fields.get("by_value")),
        )
    return CreateFillFunction(table, str(fields["column"]), str(fields["expression"]))


def _side(written: object) -> Expressions:
    if not isinstance(written, dict):
        raise TypeError(written)
    return tuple((str(column), str(expression)) for column, expression in written.items())


def _listed(written: object) -> list[object]:
    if not isinstance(written, list):
        raise TypeError(written)
    return written


def _expressions(made: Operation) -> tuple[str, ...]:
    """What must stand in the text letter by letter: lines are compared without the blanks around them."""
    match made:
        case CreateFillFunction():
            return (made.expression,)
        case CreateConversionFunction():
            return tuple(expression for _, expression in (*made.up, *made.down))
        case _:
            return ()


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.rstrip().removesuffix(";").splitlines())
    return tuple(line for line in lines if line)
