"""Our reading of a statement beside that of PostgreSQL's own parser (see oracle.py), and where they differ."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable
from typing import Any

import oracle
import oracle_objects
import oracle_rows
from oracle import Expected
from pglast import parse_sql
from pglast.parser import ParseError

from safemigrate.schema import Operation
from safemigrate.schema.operations import Unreadable
from safemigrate.sql import read

_STATEMENTS = {**oracle.STATEMENTS, **oracle_objects.STATEMENTS, **oracle_rows.STATEMENTS}


class Verdict(enum.Enum):
    AGREED = "read alike"
    UNREADABLE = "not read by us"
    REFUSED = "refused by PostgreSQL, and not read by us"
    READ_ANYWAY = "refused by PostgreSQL, and read by us"
    DIFFERENT = "read otherwise"
    UNTRANSLATED = "read by us, unknown to the oracle"


def expected(sql: str) -> list[Expected]:
    """What each operation of the one statement *sql* has to say. Raises ParseError where PostgreSQL refuses it."""
    statements = parse_sql(sql)
    if len(statements) != 1:
        raise ParseError("more or less than one statement", 0)
    return _translated(statements[0].stmt)


def _translated(node: Any) -> list[Expected]:
    kind = type(node).__name__
    if kind == "ExplainStmt":
        runs = oracle_rows.runs_what_it_explains(node)
        return _translated(node.query) if runs else [Expected("Query", {})]
    if kind == "CreateTableAsStmt" and type(node.query).__name__ == "ExecuteStmt":
        return [Expected("Unreadable", {})]
    translate = _STATEMENTS.get(kind)
    return list(translate(node)) if translate else [Expected(f"{kind} is not translated", {})]


def compared(sql: str) -> tuple[Verdict, str]:
    """What became of *sql* in the two readers, and how they differ."""
    found = read(sql)
    unread = [operation for operation in found if isinstance(operation, Unreadable)]
    try:
        wanted = expected(sql)
    except (ParseError, UnicodeError):
        return (Verdict.REFUSED, "") if unread or not found else (Verdict.READ_ANYWAY, _names(found))
    if wanted and wanted[0].operation == "code":
        # PostgreSQL's parser does not look into a block; fixtures say what is read there
        return Verdict.AGREED, ""
    if unread:
        alike = all(each.operation == "Unreadable" for each in wanted)
        return (Verdict.AGREED, "") if alike else (Verdict.UNREADABLE, unread[0].reason)
    if any("not translated" in each.operation for each in wanted):
        return Verdict.UNTRANSLATED, wanted[0].operation
    wrong = list(_differences(wanted, found))
    return (Verdict.DIFFERENT, "; ".join(wrong)) if wrong else (Verdict.AGREED, "")


def _names(operations: Iterable[object]) -> str:
    return ", ".join(type(operation).__name__ for operation in operations)


def _differences(wanted: list[Expected], found: tuple[Operation, ...]) -> Iterable[str]:
    if len(wanted) != len(found):
        yield f"{', '.join(each.operation for each in wanted)} expected, {_names(found)} found"
        return
    for each, operation in zip(wanted, found, strict=True):
        if type(operation).__name__ not in each.operation.split(" or "):
            yield f"{each.operation} expected, {type(operation).__name__} found"
            continue
        for path, value in each.said.items():
            told = _told(operation, path, value)
            if told != value:
                yield f"{each.operation}.{path} is {told!r}, {value!r} expected"


def _told(operation: Operation, path: str, value: object) -> object:
    """What *operation* says of *path*; some paths are questions, and those take the value asked for."""
    *way, leaf = path.split(".")
    here: Any = operation
    try:
        for step in way:
            here = here[int(step)] if step.isdecimal() else getattr(here, step)
        if leaf in _CHECKS:
            return value if _CHECKS[leaf](here, value) else f"not {leaf}"
        return _QUESTIONS[leaf](here) if leaf in _QUESTIONS else getattr(here, leaf)
    except (AttributeError, IndexError) as error:
        return f"nothing ({error})"


def _action(event: str) -> Callable[[Any], str]:
    def found(key: Any) -> str:
        match = re.search(rf"ON {event} (RESTRICT|CASCADE|SET NULL|SET DEFAULT)", key.actions)
        return match[1] if match else ""

    return found


def _deferrable(constraint: Any) -> bool:
    text = getattr(constraint, "actions", "") or getattr(constraint, "deferrable", "")
    return "NOT DEFERRABLE" not in text and ("DEFERRABLE" in text or "INITIALLY DEFERRED" in text)


_QUESTIONS: dict[str, Callable[[Any], object]] = {
    "name without quotes": lambda o: o.name.replace('"', ""),
    "spelled": lambda type_: oracle.spelled(type_.name),
    "default given": lambda o: o.default is not None,
    "generated": lambda o: o.generation is not None,
    "collation given": lambda o: o.collation is not None,
    "using given": lambda o: o.using is not None,
    "where given": lambda o: o.where is not None,
    "is bounded": lambda o: bool(o.bound),
    "deferrable at all": _deferrable,
    "on delete": _action("DELETE"),
    "on update": _action("UPDATE"),
    "match full": lambda o: "MATCH FULL" in o.actions,
    "how many constraints": lambda o: len(o.constraints),
    "how many columns": lambda o: len(o.columns),
    "how many arguments": lambda o: len(o.arguments),
    "events in any order": lambda o: set(o.events),
    "check names": lambda o: tuple(check.name for check in o.checks),
    "columns assigned": lambda o: tuple(column for column, _ in o.assignments),
    "language in any case": lambda o: o.language.lower(),
}
_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    # the fields of an interval are arguments to PostgreSQL's parser
    "spelled at its beginning": lambda type_, name: oracle.spelled(type_.name).startswith(str(name)),
    "columns begin": lambda o, names: o.columns[: len(names)] == names or not o.columns,
    "reads at least": lambda o, names: names <= {*getattr(o, "sources", ()), *getattr(o, "tables", ())},
    "tables at least": lambda o, names: names <= {*getattr(o, "tables", ())},
    "kind is one of": lambda o, kinds: o.kind in kinds,
}
