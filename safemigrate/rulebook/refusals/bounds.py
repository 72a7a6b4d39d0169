"""Bounds that no partition can have: they are of another kind, no row is within them, or another has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from math import gcd

from safemigrate.schema import Name, Operation, Schema, Table
from safemigrate.schema import operations as o

_RANGE = re.compile(r"FOR\s+VALUES\s+FROM\s*\((?P<low>.*)\)\s*TO\s*\((?P<high>.*)\)\s*$", re.IGNORECASE | re.DOTALL)
_LIST = re.compile(r"FOR\s+VALUES\s+IN\s*\((?P<values>.*)\)\s*$", re.IGNORECASE | re.DOTALL)
_HASH = re.compile(
    r"FOR\s+VALUES\s+WITH\s*\(\s*MODULUS\s+(?P<modulus>\d+)\s*,\s*REMAINDER\s+(?P<remainder>\d+)\s*\)\s*$",
    re.IGNORECASE,
)
_VALUES = re.compile(r"\s*(?:'(?P<text>(?:[^']|'')*)'|(?P<word>-?[\w.]+))\s*(?:,|$)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

#: a value of a bound: whether it is below (-1) or above (1) all others, and else (0) its kind and itself
_Value = tuple[int, str, Decimal | str]


def misplaced(op: Operation, before: Schema) -> Iterator[str]:
    """The reasons why a partition cannot have the bound that the operation gives it."""
    match op:
        case o.CreateTable(partition_of=Name() as parent, bound=bound, table=partition) if bound:
            pass
        case o.AttachPartition(table=parent, bound=bound, partition=partition):
            pass
        case _:
            return
    table = before.table(parent)
    if table is None or not table.known or not table.partitioned:
        return
    yield from _of_another_kind(table, bound)
    if _holds_nothing(bound):
        yield f"No row is within {bound}."
    for other in before.partitions(parent):
        known = before.tables[other]
        is_beside = known.partition_of == table.name and not before.same(other, partition)
        if is_beside and _overlap(bound, known.bound):
            yield f"The partition {other} has rows of {bound} already: its own are {known.bound}."
            return


def _of_another_kind(table: Table, bound: str) -> Iterator[str]:
    kind = next((k for k, form in (("RANGE", _RANGE), ("LIST", _LIST), ("HASH", _HASH)) if form.match(bound)), None)
    key = table.partition_key.split("(", 1)[0].strip().upper()
    if kind is not None and key in ("RANGE", "LIST", "HASH") and kind != key:
        yield f"{table.name} is partitioned by {key}, and this is the bound of a {kind} partition."


def _holds_nothing(bound: str) -> bool:
    match = _RANGE.match(bound)
    low, high = (_values(match["low"]), _values(match["high"])) if match else (None, None)
    return low is not None and high is not None and _comparable(low, high) and low >= high


def _overlap(one: str, other: str) -> bool:
    """Whether one row certainly fits both. What cannot be compared may be apart."""
    if "DEFAULT" in (one.upper(), other.upper()):
        return one.upper() == other.upper()
    ranges = _RANGE.match(one), _RANGE.match(other)
    if ranges[0] and ranges[1]:
        bounds = [_values(match[end]) for match in ranges if match for end in ("low", "high")]
        return _ranges_overlap(*bounds)
    lists = _LIST.match(one), _LIST.match(other)
    if lists[0] and lists[1]:
        first, second = (set(_values(match["values"]) or ()) for match in lists if match)
        return bool(first & second)
    hashes = _HASH.match(one), _HASH.match(other)
    if hashes[0] and hashes[1]:
        (m, r), (n, s) = ((int(match["modulus"]), int(match["remainder"])) for match in hashes if match)
        return (r - s) % gcd(m, n) == 0
    return False


def _ranges_overlap(*bounds: tuple[_Value, ...] | None) -> bool:
    low, high, other_low, other_high = bounds
    if low is None or high is None or other_low is None or other_high is None:
        return False
    pairs = (low, other_high), (other_low, high)
    return all(_comparable(*pair) and pair[0] < pair[1] for pair in pairs)


def _comparable(one: tuple[_Value, ...], other: tuple[_Value, ...]) -> bool:
    """Whether PostgreSQL orders the two as we do: all values are ends, or of one kind."""
    return len(one) == len(other) and all(
        a[0] or b[0] or (a[1] == b[1] and a[1] != "text") for a, b in zip(one, other, strict=True)
    )


def _values(text: str) -> tuple[_Value, ...] | None:
    """The values of a list of constants, None where something else is among them."""
    found: list[_Value] = []
    place = 0
    while place < len(text):
        match = _VALUES.match(text, place)
        value = _value(match["text"], match["word"]) if match else None
        if match is None or value is None:
            return None
        found.append(value)
        place = match.end()
    return tuple(found)


def _value(text: str | None, word: str | None) -> _Value | None:
    if word is not None and word.upper() in ("MINVALUE", "MAXVALUE"):
        return (-1 if word.upper() == "MINVALUE" else 1, "", "")
    written = word if text is None else text
    if written is not None and _NUMBER.fullmatch(written):
        return (0, "number", Decimal(written))
    if text is None:
        constant = (word or "").upper()
        return (0, "word", constant) if constant in ("NULL", "TRUE", "FALSE") else None
    # a day without a time begins at midnight
    day = text.replace("T", " ")
    return (0, "day", day if " " in day else f"{day} 00:00") if _DAY.fullmatch(text) else (0, "text", text)
