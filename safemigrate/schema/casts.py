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
    # arrays have no binary-coercible length change: they are rewritten
    if old.dimensions or new.dimensions or old.schema or new.schema:
        return True
    if old.name in _TEXT and new.name in _TEXT:
        return not _at_least(new, old)
    if old.name == new.name == "numeric":
        return not _numeric_grows(old, new)
    if old.name == new.name and old.name.startswith(("timestamp", "time ", "interval")):
        return not _at_least(new, old)
    if old.name == new.name == "bit varying":
        return not _at_least(new, old)
    return bool(new.arguments) or (old.name, new.name) not in _SAME_ON_DISK


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
