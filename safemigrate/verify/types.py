"""What a column's type takes, described as JSON, so that values can be made elsewhere.

Runs in the process that loads a version, so it needs SQLAlchemy and the standard library only.
"""

from __future__ import annotations

import enum
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import postgresql

#: PostgreSQL's own types by class, in the order they are asked
_POSTGRESQL = (
    ("INET", "inet"),
    ("CIDR", "cidr"),
    ("MACADDR", "macaddr"),
    ("MACADDR8", "macaddr8"),
    ("TSVECTOR", "tsvector"),
    ("TSQUERY", "tsquery"),
    ("HSTORE", "hstore"),
    ("CITEXT", "text"),
    ("BIT", "bit"),
    ("OID", "integer"),
    ("MONEY", "money"),
    ("INT4RANGE", "int4range"),
    ("INT8RANGE", "int8range"),
    ("NUMRANGE", "numrange"),
    ("DATERANGE", "daterange"),
    ("TSRANGE", "tsrange"),
    ("TSTZRANGE", "tstzrange"),
)

_GENERIC = (
    (types.Boolean, "boolean"),
    (types.SmallInteger, "smallint"),
    (types.BigInteger, "bigint"),
    (types.Integer, "integer"),
    (types.Float, "float"),
    (types.Numeric, "numeric"),
    (types.DateTime, "timestamp"),
    (types.Date, "date"),
    (types.Time, "time"),
    (types.Interval, "interval"),
    (types.LargeBinary, "bytes"),
    (types.JSON, "json"),
    (types.Uuid, "uuid"),
    (types.String, "text"),
)


def described(type_: Any, dialect: Any) -> dict[str, Any]:
    """The kind of *type_* and its limits. The kind ``unknown`` says that no value can be made for it."""
    type_ = _bare(type_, dialect)
    if isinstance(type_, types.Enum):
        return {"kind": "enum", "labels": list(type_.enums)}
    if isinstance(type_, types.ARRAY):
        return {"kind": "array", "item": described(type_.item_type, dialect), "dimensions": type_.dimensions or 1}
    if isinstance(type_, postgresql.DOMAIN):
        return described(type_.data_type, dialect)
    for name, kind in _POSTGRESQL:
        known = getattr(postgresql, name, None)
        if known is not None and isinstance(type_, known):
            return {"kind": kind, "length": getattr(type_, "length", None)}
    for known, kind in _GENERIC:
        if isinstance(type_, known):
            return {"kind": kind, **_limits(type_, kind)}
    return {"kind": "unknown", "name": str(type_.__class__.__name__)}


def fixed_text(value: Any, type_: Any, dialect: Any) -> str | None:
    """*value* as PostgreSQL reads it, or None where it is NULL or nothing that has a plain text."""
    if isinstance(value, enum.Enum):
        bare = _bare(type_, dialect) if type_ is not None else None
        if isinstance(bare, types.Enum):
            process = bare.bind_processor(dialect)  # type: ignore[no-untyped-call]
            return str(process(value)) if process else value.name
        value = value.value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (str, int, float)) or type(value).__name__ in ("Decimal", "UUID", "date", "datetime"):
        return str(value)
    return None


def _bare(type_: Any, dialect: Any) -> Any:
    """The type that PostgreSQL sees: without decorators, and the variant for its dialect."""
    while isinstance(type_, types.TypeDecorator):
        type_ = type_.load_dialect_impl(dialect)
    type_ = type_.dialect_impl(dialect)
    return _bare(type_, dialect) if isinstance(type_, types.TypeDecorator) else type_


def _limits(type_: Any, kind: str) -> dict[str, Any]:
    if kind == "text":
        return {"length": type_.length, "padded": isinstance(type_, types.CHAR)}
    if kind == "numeric":
        return {"precision": type_.precision, "scale": type_.scale}
    if kind in ("timestamp", "time"):
        return {"timezone": bool(getattr(type_, "timezone", False))}
    return {}
