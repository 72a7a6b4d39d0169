"""What the missing database answers to a query: nothing, or one plausible row."""

from __future__ import annotations

import datetime
import re
import uuid
from collections import Counter
from typing import Any

import sqlalchemy as sa

from safemigrate.history.driver import SERVER_VERSION, Answer, Row

#: what a revision hears that asks what it has still to do
YES = Answer(("still_to_do",), ((True,),), 1)
#: how often one text, its numbers aside, is answered with a row: a loop that asks until nothing is left must end
ROWS_PER_TEXT = 2

_QUERY = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(SELECT|WITH|SHOW|VALUES|TABLE|EXPLAIN)\b", re.I | re.S)
_DATA = re.compile(r"\s*(?:WITH\b.*?\)\s*)?(INSERT|UPDATE|DELETE|MERGE)\b", re.I | re.S)
_INSERTED_ROW = re.compile(r"\s*INSERT\b.*?\b(VALUES|DEFAULT\s+VALUES)\b", re.I | re.S)
_AGGREGATE = re.compile(r"\s*SELECT\s+(?:CAST\s*\(\s*)?(COUNT|SUM|COALESCE|EXISTS|BOOL_OR|MAX|MIN|AVG)\b\s*\(", re.I)
_CATALOGUE = re.compile(r"\b(information_schema|pg_catalog|pg_(?!temp|sleep|advisory|try_advisory)[a-z_]+)\b", re.I)
_NUMBER = re.compile(r"\d+")
_NAME = r'(?:[\w$]+|"[^"]+")(?:\.(?:[\w$]+|"[^"]+"))?'
_MADE = re.compile(
    rf"\s*CREATE\s+(?:(?:GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED)\s+)*TABLE\s+(?P<only>IF\s+NOT\s+EXISTS\s+)?"
    rf"(?P<name>{_NAME})\s*(?P<empty>\()?",
    re.I,
)
_FILLED = re.compile(
    rf"\s*(?:INSERT\s+INTO|COPY|ALTER\s+TABLE(?=\s+{_NAME}\s+RENAME\s+TO))\s+(?P<name>{_NAME})", re.I
)
_ASKED_OF = re.compile(rf"\b(?:FROM|UPDATE|MERGE\s+INTO)\s+(?:ONLY\s+)?(?P<name>{_NAME})", re.I)
_WORDS_OF_SERVER = {
    "version": f"PostgreSQL {SERVER_VERSION[0]}.{SERVER_VERSION[1]}",
    "server_version": f"{SERVER_VERSION[0]}.{SERVER_VERSION[1]}",
    "server_version_num": f"{SERVER_VERSION[0]}0000",
    "current_schema": "public",
    "current_database": "safemigrate",
    "current_user": "safemigrate",
    "search_path": '"$user", public',
}


class Answers:
    """The answers of one run. *rows* tells whether queries over tables find a row; *asked* whether any was put."""

    def __init__(self, *, rows: bool) -> None:
        self._rows = rows
        self._given: Counter[str] = Counter()
        #: the tables that this run made and put nothing into
        self._empty: set[str] = set()
        self.asked = False

    def answer(self, sql: str, types: list[tuple[str, Any]]) -> Answer:
        """What comes back for *sql*; *types* are its result columns where SQLAlchemy knows them."""
        returning = _returned(sql)
        self._keep_empty(sql)
        if _DATA.match(sql):
            return self._changed(sql, types, returning)
        if not _QUERY.match(sql) and not types:
            return Answer()
        columns = types or [(name, None) for name in selected(sql)] or [("column", None)]
        return self._queried(sql, columns)

    def _changed(self, sql: str, types: list[tuple[str, Any]], returning: tuple[str, ...]) -> Answer:
        columns = types or [(name, None) for name in returning]
        if columns and _INSERTED_ROW.match(sql):
            return _rows_of(columns, [_row(columns)])
        self.asked = True
        if not self._found(sql):
            return Answer(tuple(name for name, _ in columns))
        return _rows_of(columns, [_row(columns)] if columns else [], row_count=1)

    def _queried(self, sql: str, columns: list[tuple[str, Any]]) -> Answer:
        head = sql.lstrip().upper()
        if head.startswith("SHOW"):
            setting = sql.split()[1].strip(";").lower() if len(sql.split()) > 1 else ""
            return _rows_of([(setting, None)], [(_WORDS_OF_SERVER.get(setting, "0"),)])
        if " FROM " not in f" {' '.join(head.split())} " and head.startswith("SELECT"):
            return _rows_of(columns, [_row(columns)])
        self.asked = True
        found = self._found(sql)
        if (aggregate := _AGGREGATE.match(sql)) and "GROUP BY" not in head:
            return _rows_of(columns, [tuple(_aggregated(aggregate[1], found) for _ in columns)])
        return _rows_of(columns, [_row(columns)] if found else [])

    def _found(self, sql: str) -> bool:
        first = _ASKED_OF.search(sql)
        if first and first["name"].lower() in self._empty:
            return False
        # LIMIT 500 OFFSET 1000 is the same question as the one before it
        shape = _NUMBER.sub("0", sql)
        self._given[shape] += 1
        return self._rows and self._given[shape] <= ROWS_PER_TEXT

    def _keep_empty(self, sql: str) -> None:
        if made := _MADE.match(sql):
            if made["empty"] and not made["only"]:
                self._empty.add(made["name"].lower())
        elif filled := _FILLED.match(sql):
            # a table that is renamed is looked for under another name
            self._empty.discard(filled["name"].lower())


def inspects(sql: str) -> bool:
    """Whether a query asks the catalogue, whose answer only a real database knows."""
    return bool(_QUERY.match(sql) and _CATALOGUE.search(sql))


def selected(sql: str) -> tuple[str, ...]:
    """The names of the columns that a SELECT gives, as far as its text tells."""
    match = re.search(r"\bSELECT\s+(?:DISTINCT\s+(?:ON\s*\([^)]*\)\s*)?|ALL\s+)?", sql, re.I)
    if match is None:
        return ()
    return tuple(_name(item) for item in _items(sql[match.end() :], end="FROM"))


def _returned(sql: str) -> tuple[str, ...]:
    match = re.search(r"\bRETURNING\s+", sql, re.I)
    return tuple(_name(item) for item in _items(sql[match.end() :], end="")) if match else ()


def _items(text: str, *, end: str) -> list[str]:
    """A list cut at its commas, parentheses and quotes respected, up to the word *end*."""
    items: list[str] = []
    start = depth = 0
    for token in re.finditer(r"'(?:[^']|'')*'|\"[^\"]*\"|[(),]|\b\w+\b", text):
        word = token.group()
        depth += (word == "(") - (word == ")")
        if depth < 0 or (depth == 0 and end and word.upper() == end):
            return [*items, text[start : token.start()]]
        if word == "," and depth == 0:
            items.append(text[start : token.start()])
            start = token.end()
    return [*items, text[start:]]


def _name(item: str) -> str:
    """What PostgreSQL calls an item of a select list: its alias, or the last word before any parenthesis."""
    words = re.findall(r'"[^"]+"|\w+', item.split("(")[0] if " as " not in item.lower() else item)
    return words[-1].strip('"').lower() if words else "column"


def _rows_of(columns: list[tuple[str, Any]], rows: list[Row], row_count: int | None = None) -> Answer:
    return Answer(tuple(name for name, _ in columns), tuple(rows), len(rows) if row_count is None else row_count)


def _row(columns: list[tuple[str, Any]]) -> Row:
    return tuple(_value(name.lower(), type_) for name, type_ in columns)


def _aggregated(function: str, found: bool) -> object:
    match function.upper():
        case "COUNT" | "SUM" | "COALESCE":
            return int(found)
        case "EXISTS" | "BOOL_OR":
            return found
        case _:
            return 1 if found else None


def _value(name: str, type_: Any) -> object:
    """A plausible value of a column, by its type where that is known, else by its name."""
    if type_ is None or isinstance(type_, sa.types.NullType):
        return _value_by_name(name)
    if isinstance(type_, sa.Enum) and type_.enums:
        return type_.enums[0]
    if isinstance(type_, sa.JSON):
        return "{}"
    try:
        kind: Any = type_.python_type
    except NotImplementedError:
        kind = str
    return _VALUES.get(kind, "x")


#: as a driver gives them, before SQLAlchemy converts
_VALUES: dict[Any, object] = {
    bool: False,
    int: 1,
    float: 1.0,
    bytes: b"x",
    dict: "{}",
    list: [],
    uuid.UUID: uuid.UUID(int=1),
    datetime.datetime: datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    datetime.date: datetime.date(2020, 1, 1),
    datetime.time: datetime.time(0, 0),
    datetime.timedelta: datetime.timedelta(seconds=1),
}


def _value_by_name(name: str) -> object:
    if name in _WORDS_OF_SERVER:
        return _WORDS_OF_SERVER[name]
    if name.endswith(("id", "count", "num", "number", "size", "max", "min", "position", "setting")):
        return 1
    if name.endswith(("json", "config", "data", "metadata", "settings", "params", "parameters", "extra")):
        return "{}"
    if name.endswith(("_at", "date", "time")):
        return datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    return "x"
