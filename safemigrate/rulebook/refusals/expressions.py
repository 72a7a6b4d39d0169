"""What an expression must not ask: other rows in a default or a check, the clock in an index."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook.parts import columns_of
from safemigrate.rulebook.refusals.named import expressions
from safemigrate.schema import Expression, Generation, Name, Operation, Schema, Type, Volatility
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted
from safemigrate.sql import columns_named, read_expression

_TEXT = re.compile(r"'(?:[^']|'')*'")
_ASKS = re.compile(r'(?<!")\bSELECT\b(?!")', re.IGNORECASE)
_COMPUTED = (Generation.STORED, Generation.VIRTUAL)
# values without parentheses, which a default may have
_VALUES = frozenset(
    """
    current_catalog current_date current_role current_schema current_time current_timestamp current_user default
    localtime localtimestamp session_user system_user user value
    """.split()
)
#: functions of which no form is immutable, asked of a server by tests/rules/test_refused_expressions.py
CHANGING = frozenset(
    """
    array_to_json array_to_string clock_timestamp concat concat_ws convert_from convert_to current_database
    current_setting currval format gen_random_uuid inet_client_addr json_build_array json_build_object
    jsonb_build_array jsonb_build_object lastval make_timestamptz nextval now pg_typeof random row_to_json
    statement_timestamp timeofday to_char to_date to_json to_jsonb to_number to_regclass transaction_timestamp
    txid_current uuidv4 uuidv7 version
    """.split()
)
_CALL = re.compile(r"(?<![\w.\"])([a-z_]\w*)\s*\(", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\w.\"])(current_date|current_time|current_timestamp|localtime|localtimestamp|current_user|session_user)\b",
    re.IGNORECASE,
)
# what asks the time zone, of a timestamp with time zone
_ZONED = re.compile(
    r"\bdate_trunc\s*\(\s*'[^']*'\s*,\s*(?P<trunc>\w+)\s*[,)]|\bdate\s*\(\s*(?P<date>\w+)\s*\)"
    r"|\b(?:extract\s*\(\s*\w+\s+FROM|date_part\s*\(\s*'[^']*'\s*,)\s*(?P<part>\w+)\s*\)"
    r"|(?<![\w.\"'])(?P<cast>[a-z_]\w*)\)?\s*::\s*(?:date|timestamp|time)\b(?!\s+with\s+time)"
    r"|\bcast\s*\(\s*(?P<as>\w+)\s+AS\s+(?:date|timestamp|time)\s*\)",
    re.IGNORECASE,
)
_PRINTED = re.compile(r"(?<![\w.\"'])(?P<cast>[a-z_]\w*)\)?\s*::\s*(?:text|varchar)\b", re.IGNORECASE)
_OF_ONE = re.compile(r"\bto_tsvector\s*\(\s*(?![^()]*,)(?:[^()]|\([^()]*\))*\)", re.IGNORECASE)
_WITH_ZONE = "timestamp with time zone"
_WITH_STYLE = (_WITH_ZONE, "timestamp without time zone", "date")


def unaskable(op: Operation, before: Schema) -> Iterator[str]:
    """The reasons why an expression of the operation asks what it must not."""
    for expression in expressions(op):
        if _ASKS.search(_without_texts(expression.text)):
            yield f"{_shortened(expression.text)} asks other rows, which only a query may do."
    for column in columns_of(op):
        if column.default is not None:
            yield from _named_by_default(column.default)
    if isinstance(op, o.SetDefault):
        yield from _named_by_default(op.default)
    for what, expression, table in _lasting(op):
        if why := _changes(expression, table, before, op):
            yield f"{what} must be the same whenever it is computed, and {why}."


def _named_by_default(default: Expression) -> Iterator[str]:
    text = _without_texts(default.text)
    if not default.columns or _ASKS.search(text):
        return
    named = [column for column in sorted(columns_named(default.text) or ()) if column not in _VALUES]
    if named and not text.lstrip().startswith('"'):
        yield f"A default cannot name a column, and {_shortened(default.text)} names {quoted(named[0])}."


def _lasting(op: Operation) -> Iterator[tuple[str, Expression, Name]]:
    """The expressions of the operation that PostgreSQL computes once and keeps, with their table."""
    table = getattr(op, "table", None)
    if not isinstance(table, Name):
        return
    for column in columns_of(op):
        if column.generation in _COMPUTED:
            yield f"The generated column {quoted(column.name)}", read_expression(column.generation_text), table
    match op:
        case o.SetExpression(expression=expression):
            yield f"The generated column {quoted(op.column)}", expression, table
        case o.CreateIndex(index=index):
            for element in index.elements:
                if "(" in element:
                    yield "What an index holds", read_expression(element), table
            if index.where is not None:
                yield "The condition of an index", index.where, table
        case _:
            return


def _changes(expression: Expression, table: Name, before: Schema, op: Operation) -> str:
    """What in the expression gives another value at another time, or to another user; empty where nothing."""
    text = _without_texts(expression.text)
    calls = [call.lower() for call in _CALL.findall(text)]
    changing = next((call for call in calls if call in CHANGING), None)
    if changing is not None:
        return f"{changing}() may not be"
    if clock := _CLOCK.search(text):
        return f"{clock[1]} is not"
    for call in expression.calls:
        made = before.functions_named(call)
        if made and all(f.volatility in (Volatility.STABLE, Volatility.VOLATILE) for f in made):
            return f"{call}() is not IMMUTABLE"
    if _OF_ONE.search(expression.text):
        return "to_tsvector() without a configuration asks a setting"
    own = {column.name: column.type for column in columns_of(op)}

    def scalar(word: str) -> Type | None:
        type_ = own.get(word.lower()) or before.column(table, word.lower()).type
        return type_ if type_ is not None and not type_.dimensions else None

    for match in _ZONED.finditer(expression.text):
        type_ = scalar(next(filter(None, match.groups())))
        if type_ is not None and type_.name == _WITH_ZONE:
            return f"{match[0].strip()} asks the time zone of the session"
    for match in _PRINTED.finditer(expression.text):
        type_ = scalar(match["cast"])
        if type_ is None:
            continue
        if before.resolve(type_.called) in before.enums:
            return f"{match[0].strip()} asks the labels of {type_.sql()}"
        if type_.name in _WITH_STYLE:
            return f"{match[0].strip()} asks a setting"
    return ""


def _without_texts(text: str) -> str:
    return _TEXT.sub("''", text)


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else f"{plain[:57]}..."
