"""Sample values: texts that PostgreSQL reads, and gives back as they were, for each kind of column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from safemigrate.verify.workload import Kind

#: the session's settings under which a value that was written is read back as the same text
SETTINGS: Mapping[str, str] = {"TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres"}

#: the types that psycopg names beside the text where SQLAlchemy renders no cast; 0 leaves it to PostgreSQL
_OIDS: Mapping[str, int] = {"numeric": 1700, "boolean": 16, "bytes": 17}

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def sample(kind: Kind, name: str, number: int, choices: Sequence[str] = ()) -> str | None:
    """The value that object *number* has in the column *name*, another one for each number as far as there are any.

    *choices* are all that a CHECK constraint admits. None where no value can be made.
    """
    options = choices or kind.labels
    if options:
        return options[number % len(options)]
    if kind.name == "array" and kind.item is not None:
        item = sample(kind.item, name, number)
        return None if item is None else "{" * kind.dimensions + _element(item) + "}" * kind.dimensions
    if kind.name == "text":
        return _text(kind, name, number)
    if kind.name == "numeric":
        return _numeric(kind, number)
    if kind.name in ("timestamp", "time") and kind.timezone:
        return _SIMPLE[kind.name](number) + "+00"
    maker = _SIMPLE.get(kind.name)
    return maker(number) if maker else None


def oid(kind: Kind | None) -> int:
    """The type that travels with a parameter of *kind*."""
    return _OIDS.get(kind.name, 0) if kind else 0


def same(one: str | None, other: str | None) -> bool:
    """Whether two texts are one value: padding, scale and a time of day aside."""
    if one is None or other is None or one == other:
        return one == other
    if one.rstrip() == other.rstrip():
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _text(kind: Kind, name: str, number: int) -> str:
    full = f"{name} {number}"
    if kind.length is None or len(full) <= kind.length:
        return full
    short = _base36(number)
    return (name[: max(0, kind.length - len(short))] + short)[-kind.length :]


def _base36(number: int) -> str:
    high, low = divmod(number, len(_DIGITS))
    return (_base36(high) if high else "") + _DIGITS[low]


def _numeric(kind: Kind, number: int) -> str:
    whole = 10 ** ((kind.precision or 12) - (kind.scale or 0))
    digits = "." + "5".ljust(kind.scale, "0") if kind.scale else ""
    return f"{number % whole if whole > 1 else 0}{digits}"


def _element(item: str) -> str:
    plain = item.replace("_", "").replace("-", "").isalnum()
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return item if plain else f'"{escaped}"'


def _day(number: int) -> str:
    return f"2024-{1 + number // 28 % 12:02}-{1 + number % 28:02}"


_SIMPLE: Mapping[str, Callable[[int], str]] = {
    "boolean": lambda n: "tf"[n % 2],
    "smallint": lambda n: str(n % 32000),
    "integer": str,
    "bigint": str,
    "float": lambda n: f"{n}.5",
    "date": _day,
    "timestamp": lambda n: f"{_day(n)} 10:{n % 60:02}:00",
    "time": lambda n: f"{n % 24:02}:{n % 60:02}:00",
    "interval": lambda n: f"{n % 24:02}:00:00",
    "bytes": lambda n: f"\\x{n:08x}",
    "json": lambda n: f'{{"sample": {n}}}',
    "uuid": lambda n: f"00000000-0000-4000-8000-{n:012x}",
    "inet": lambda n: f"10.0.{n // 250 % 250}.{n % 250}",
    "cidr": lambda n: f"10.{n % 250}.0.0/16",
    "macaddr": lambda n: f"08:00:2b:01:{n // 256 % 256:02x}:{n % 256:02x}",
    "macaddr8": lambda n: f"08:00:2b:01:02:03:{n // 256 % 256:02x}:{n % 256:02x}",
    "tsvector": lambda n: f"'sample{n}'",
    "tsquery": lambda n: f"'sample{n}'",
    "hstore": lambda n: f'"sample"=>"{n}"',
    "bit": lambda n: str(n % 2),
    "money": lambda n: f"${n}.00",
    "int4range": lambda n: f"[{n},{n + 1})",
    "int8range": lambda n: f"[{n},{n + 1})",
    "numrange": lambda n: f"[{n},{n + 1})",
    "daterange": lambda n: f"[{_day(n)},2030-01-01)",
    "tsrange": lambda n: f'["{_day(n)} 00:00:00","2030-01-01 00:00:00")',
    "tstzrange": lambda n: f'["{_day(n)} 00:00:00+00","2030-01-01 00:00:00+00")',
}
