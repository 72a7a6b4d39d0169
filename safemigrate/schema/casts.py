"""Which changes of a column's type rewrite the table."""

from __future__ import annotations

from safemigrate.schema.model import Type

_TEXT = ("text", "character varying")

# other pairs that are one thing on disk, where the new type has no length of its own
_SAME_ON_DISK = {
    ("character varying", "citext"),
    ("cidr", "inet"),
    ("citext", "text"),
    ("citext", "character varying"),
    ("text", "citext"),
    ("xml", "text"),
    ("xml", "character varying"),
    ("bit", "bit varying"),
    ("integer", "oid"),
    ("integer", "regclass"),
    ("oid", "integer"),
    ("oid", "regclass"),
    ("regclass", "integer"),
    ("regclass", "oid"),
}


def rewrites(old: Type, new: Type) -> bool:
    """Whether ALTER COLUMN … TYPE from *old* to *new* writes every row anew; unknown pairs do.

    Source: PostgreSQL 15 manual, ALTER TABLE, "Notes"; proved against a server in tests/schema/test_casts.py.
    """
    if not (old.certain and new.certain):
        return True
    if old == new:
        return False
    if old.dimensions and new.dimensions:
        # a limit of another length is put on each element, even where it is wider; no limit puts nothing on any
        same = (kind(old), old.schema) == (kind(new), new.schema)
        return bool(new.arguments) or new.name != kind(new) or not same
    if old.dimensions or new.dimensions or old.schema or new.schema:
        return True
    if old.name in _TEXT and new.name in _TEXT:
        return not _at_least(new, old)
    if old.name == new.name == "numeric":
        return not _numeric_grows(old, new)
    if old.name.startswith("interval") and new.name.startswith("interval"):
        return not _interval_grows(old, new)
    if old.name == new.name and old.name.startswith(("timestamp", "time ")):
        return not _at_least(new, old)
    if old.name == new.name == "bit varying":
        return not _at_least(new, old)
    return bool(new.arguments) or (old.name, new.name) not in _SAME_ON_DISK


def kind(type_: Type) -> str:
    """The type without the fields that an interval keeps."""
    return "interval" if type_.name.startswith("interval") else type_.name


def _at_least(new: Type, old: Type) -> bool:
    """Whether *new* limits length or precision no more than *old*; no argument is no limit."""
    if not new.arguments:
        return True
    return bool(old.arguments) and int(new.arguments[0]) >= int(old.arguments[0])


def _numeric_grows(old: Type, new: Type) -> bool:
    if not new.arguments:
        return True
    if not old.arguments:
        return False
    (old_precision, old_scale), (new_precision, new_scale) = _digits(old), _digits(new)
    return old_scale == new_scale and new_precision >= old_precision


def _digits(type_: Type) -> tuple[int, int]:
    precision = int(type_.arguments[0])
    return precision, int(type_.arguments[1]) if len(type_.arguments) > 1 else 0


# the fields of an interval from the last to the first
_FIELDS = ("second", "minute", "hour", "day", "month", "year")
_MOST_EXACT = 6


def _interval_grows(old: Type, new: Type) -> bool:
    """Whether *new* keeps every field of *old*, and its digits. ``interval`` alone keeps all."""
    (old_field, old_digits), (new_field, new_digits) = _least_field(old), _least_field(new)
    # without seconds there are no digits to lose
    return new_field <= old_field and (old_field > 0 or new_digits >= min(old_digits, _MOST_EXACT))


def _least_field(type_: Type) -> tuple[int, int]:
    """The last field that an interval keeps, 0 for seconds, and the digits of its seconds."""
    last = type_.name.split()[-1]
    return _FIELDS.index(last) if last in _FIELDS else 0, int(type_.arguments[0]) if type_.arguments else _MOST_EXACT


# equal values of these are one image; not so 1.0 and 1.00, a day and 24 hours, two keys of jsonb in two spellings of
# a number, a blank at the end of a character(n), and 0 and -0
_ALIKE = frozenset(
    """
    boolean smallint integer bigint oid text varchar uuid date bytea
    """.split()
) | {
    "character varying",
    "timestamp without time zone",
    "timestamp with time zone",
    "time without time zone",
}
_WHOLE = {"smallint": 2, "integer": 4, "bigint": 8}
_PRINTED = frozenset({*_WHOLE, "boolean", "oid", "numeric", "uuid", "date", "json", "jsonb", "bytea"})


def equal_is_alike(type_: Type, collation: str | None) -> bool:
    """Whether values of the type that are equal are the same in every other way.

    A collation may take 'a' and 'A' for equal; that of the database does not.
    Proved against a server in tests/schema/test_casts.py.
    """
    return type_.certain and not type_.dimensions and not type_.schema and collation is None and type_.name in _ALIKE


def takes_all(old: Type, new: Type) -> bool:
    """Whether every value of *old* can be cast and assigned to *new* without an error; unknown pairs cannot.

    Proved against a server in tests/schema/test_casts.py.
    """
    if not (old.certain and new.certain) or old.dimensions or new.dimensions or old.schema or new.schema:
        return False
    if old.name in _WHOLE:
        least = _WHOLE[old.name]
        if _WHOLE.get(new.name, 0) >= least or (new.name in ("numeric", "double precision") and not new.arguments):
            return True
    if new.name in _TEXT and old.name in _PRINTED:
        return not new.arguments
    alike = old.name == new.name or {old.name, new.name} <= {*_TEXT}
    return alike and not rewrites(old, new)
