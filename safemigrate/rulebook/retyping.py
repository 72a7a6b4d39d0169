"""What a change of a column's type means for those who read and write it, and whether PostgreSQL takes it at all."""

from __future__ import annotations

import enum
import math

from safemigrate.schema import Answer, Type

STRINGS = frozenset({"text", "character varying", "character", "citext", "name"})
INTEGERS = {"smallint": 2, "integer": 4, "bigint": 8}
_FLOATS = {"real": 4, "double precision": 8}
_NUMBERS = frozenset({*INTEGERS, *_FLOATS, "numeric"})
_TIMESTAMPS = frozenset({"timestamp without time zone", "timestamp with time zone"})
_TIMES = frozenset({"time without time zone", "time with time zone"})
_BITS = frozenset({"bit", "bit varying"})
# what is not a string or a number and is taken for another type without USING;
# asked of a server by tests/rulebook/test_retyping.py
_TAKEN = {
    "date": _TIMESTAMPS,
    "time without time zone": frozenset({"time with time zone", "interval"}),
    "time with time zone": frozenset({"time without time zone"}),
    "timestamp without time zone": frozenset({"date", "time without time zone", "timestamp with time zone"}),
    "timestamp with time zone": frozenset({"date", *_TIMES, "timestamp without time zone"}),
    "interval": frozenset({"time without time zone"}),
    "json": frozenset({"jsonb"}),
    "jsonb": frozenset({"json"}),
    "inet": frozenset({"cidr"}),
    "cidr": frozenset({"inet"}),
    "bit": frozenset({"bit varying"}),
    "bit varying": frozenset({"bit"}),
    "integer": frozenset({"money"}),
    "bigint": frozenset({"money"}),
    "numeric": frozenset({"money"}),
    "money": frozenset({"numeric"}),
}
#: types that are PostgreSQL's own, or citext
KNOWN = STRINGS | _NUMBERS | _TAKEN.keys() | {"boolean", "uuid", "bytea"}


class Loss(enum.Enum):
    """What becomes of a value that the new type cannot hold."""

    NONE = "none"
    REFUSED = "refused"
    ROUNDED = "rounded"


def is_taken(old: Type, new: Type) -> Answer:
    """Whether PostgreSQL changes *old* to *new* without USING. Unknown for types that are not its own."""
    known = {old.name, new.name} <= KNOWN and not old.schema and not new.schema
    if old.dimensions != new.dimensions:
        return Answer.of(not new.dimensions and new.name in STRINGS) if known else Answer.UNKNOWN
    if old.name == new.name or new.name in STRINGS:
        return Answer.YES
    if old.name in STRINGS and new.name in KNOWN:
        return Answer.NO
    if not known:
        return Answer.UNKNOWN
    return Answer.of({old.name, new.name} <= _NUMBERS or new.name in _TAKEN.get(old.name, frozenset()))


def same_to_a_driver(old: Type, new: Type) -> bool:
    """Whether a driver hands out and takes the same kind of value, of whatever length and range."""
    return _family(old) == _family(new)


def unlike(old: Type, new: Type) -> str:
    """What a statement may get otherwise from values that are the same to a driver, as a sentence, "" for nothing."""
    if "citext" in (old.name, new.name) and old.name != new.name:
        return "a comparison tells upper from lower case in one of the two only, so queries find other rows."
    if {old.name, new.name} == {"json", "jsonb"}:
        return f"functions of {old.name} that the old version calls do not take {new.name}."
    return ""


def _family(type_: Type) -> tuple[str, int]:
    # what a column of characters hands out is padded with spaces, and those of a text count
    families = (STRINGS - {"character"}, frozenset(INTEGERS), frozenset(_FLOATS), frozenset({"json", "jsonb"}), _BITS)
    name = next((min(family) for family in families if type_.name in family), f"{type_.schema}.{type_.name}")
    return name, type_.dimensions


def loss(old: Type, new: Type) -> Loss:
    """What happens to values of *old* that *new* cannot hold; none where it holds them all, or nobody knows."""
    if {old.name, new.name} <= STRINGS or {old.name, new.name} <= _BITS:
        return Loss.REFUSED if _length(new) < _length(old) else Loss.NONE
    if old.name in _NUMBERS and new.name in _NUMBERS:
        return _number_loss(old, new)
    if old.name == new.name or {old.name, new.name} in (_TIMESTAMPS, _TIMES):
        return Loss.ROUNDED if _precision(new) < _precision(old) else Loss.NONE
    parts = frozenset({"date", *_TIMES})
    return Loss.ROUNDED if old.name in _TIMESTAMPS and new.name in parts else Loss.NONE


def _number_loss(old: Type, new: Type) -> Loss:
    if old.name in INTEGERS and new.name in INTEGERS:
        return Loss.REFUSED if INTEGERS[new.name] < INTEGERS[old.name] else Loss.NONE
    if old.name in _FLOATS and new.name in _FLOATS:
        return Loss.ROUNDED if _FLOATS[new.name] < _FLOATS[old.name] else Loss.NONE
    if new.name in _FLOATS:
        # a double holds every integer up to 2^53, a real up to 2^24
        exact = INTEGERS.get(old.name, math.inf) < _FLOATS[new.name]
        return Loss.NONE if exact else Loss.ROUNDED
    (old_digits, old_scale), (new_digits, new_scale) = _digits(old), _digits(new)
    if new_scale < old_scale:
        return Loss.ROUNDED
    return Loss.REFUSED if new_digits < old_digits else Loss.NONE


def _digits(type_: Type) -> tuple[float, float]:
    """How many digits stand before and behind the point."""
    if type_.name in INTEGERS:
        return {2: 5, 4: 10, 8: 19}[INTEGERS[type_.name]], 0
    if type_.name != "numeric" or not type_.arguments:
        return math.inf, math.inf
    precision = int(type_.arguments[0])
    scale = int(type_.arguments[1]) if len(type_.arguments) > 1 else 0
    return precision - scale, scale


def _length(type_: Type) -> float:
    if type_.arguments:
        return int(type_.arguments[0])
    return 1 if type_.name in ("character", "bit") else math.inf


def _precision(type_: Type) -> float:
    """Digits of a second; every other type of one name holds the same as itself."""
    return int(type_.arguments[0]) if type_.arguments and type_.arguments[0].isdigit() else 6
