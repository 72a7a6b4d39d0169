"""Data types, in the spelling of PostgreSQL's ``format_type()``."""

from __future__ import annotations

from safemigrate.schema.model import Type
from safemigrate.schema.name import quoted
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.tokens import Kind

_SPELLINGS = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "bool": "boolean",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "dec": "numeric",
    "decimal": "numeric",
    "varchar": "character varying",
    "char": "character",
    "nchar": "character",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
}
_SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
_KEYWORDS = frozenset((*_SPELLINGS, *_SPELLINGS.values(), *_SERIALS, "bit", "interval", "national"))
# types of one letter or bit where no length is written
_OF_ONE = ("character", "bit")
_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def serial_type(cursor: Cursor) -> Type | None:
    """Passes ``serial`` or one of its kin and returns the type it stands for; None where another type stands."""
    name = _SERIALS.get(cursor.token().key.lower())
    if name is None or cursor.token(1).key in (".", "("):
        return None
    cursor.advance()
    return Type(name)


def read_type(cursor: Cursor) -> Type:
    """Passes a data type and returns it. What PostgreSQL does not bring itself keeps its name and schema."""
    if cursor.sees("SETOF"):
        raise NotRead("a set is not a type of a column")
    schema, name, plain = _written_name(cursor)
    arguments = tuple(part.text for part in cursor.items()) if cursor.sees("(") else ()
    if plain and schema in (None, "pg_catalog"):
        type_ = _builtin(cursor, name, arguments)
    else:
        # "char" in quotes is another type than char
        type_ = Type(f'"{name}"' if name in _KEYWORDS else quoted(name), arguments, schema=schema)
    return Type(type_.name, type_.arguments, _dimensions(cursor), type_.schema)


def _written_name(cursor: Cursor) -> tuple[str | None, str, bool]:
    """Schema, name, and whether the name is a bare word, which a built-in spelling must be."""
    plain = cursor.token().kind is Kind.WORD
    schema, name = None, cursor.name()
    if cursor.accept("."):
        plain = cursor.token().kind is Kind.WORD and not cursor.sees("CHAR")
        schema, name = name, cursor.label()
    elif plain:
        name = _longer_name(cursor, name)
    return schema, name, plain


def _longer_name(cursor: Cursor, name: str) -> str:
    """The name with the words that SQL adds to it."""
    if name == "double" and cursor.accept("PRECISION"):
        return "double precision"
    if name == "national" and cursor.sees_any(("CHARACTER", "CHAR")):
        name = cursor.advance().key.lower()
    if name in ("character", "char", "nchar", "bit") and cursor.accept("VARYING"):
        return "bit varying" if name == "bit" else "character varying"
    if name == "interval" and cursor.sees_any(_FIELDS):
        first = cursor.advance().key.lower()
        last = f" to {cursor.advance().key.lower()}" if cursor.accept("TO") else ""
        return f"interval {first}{last}"
    return name


def _builtin(cursor: Cursor, name: str, arguments: tuple[str, ...]) -> Type:
    if name in ("timestamp", "time") and cursor.accept("WITH", "TIME", "ZONE"):
        return Type(f"{name} with time zone", arguments)
    if name in ("timestamp", "time"):
        cursor.accept("WITHOUT", "TIME", "ZONE")
    if name == "float" and arguments:
        return Type("real" if arguments[0].isdecimal() and int(arguments[0]) <= 24 else "double precision")
    name = _SPELLINGS.get(name, name)
    if name in _OF_ONE and not arguments:
        arguments = ("1",)
    if name == "numeric" and len(arguments) == 1:
        arguments = (*arguments, "0")
    return Type(name if " " in name else quoted(name), arguments)


def _dimensions(cursor: Cursor) -> int:
    if cursor.accept("ARRAY"):
        if cursor.sees("["):
            cursor.pass_one()
        return 1
    count = 0
    while cursor.sees("["):
        cursor.pass_one()
        count += 1
    return count
