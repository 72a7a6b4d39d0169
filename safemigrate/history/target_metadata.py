"""What stands in for target_metadata where revisions run without env.py: its naming convention, no tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

#: what PostgreSQL would call them. Source: PostgreSQL 18, ChooseConstraintName in indexcmds.c and tablecmds.c
_AS_UNNAMED = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "ix_%(column_0_label)s",
}


def target_metadata(convention: Mapping[str, str]) -> sa.MetaData:
    """A MetaData from which Alembic takes *convention*; without one, SQLAlchemy's own."""
    return sa.MetaData(naming_convention=dict(convention) or None)


def unread_metadata(noted: Callable[[], None]) -> sa.MetaData:
    """A MetaData whose convention nobody knows: *noted* hears of each name that hangs on it."""
    unread: dict[str, Any] = {kind: _Unread(pattern, noted) for kind, pattern in _AS_UNNAMED.items()}
    unread["ck"] = _UnreadCheck(noted)
    return sa.MetaData(naming_convention=unread)


class _Unread:
    """A pattern of an unknown convention. SQLAlchemy asks a pattern two things, as of a text: ``in`` and ``%``."""

    def __init__(self, pattern: str, noted: Callable[[], None]) -> None:
        self._pattern = pattern
        self._noted = noted

    def __contains__(self, token: str) -> bool:
        return False

    def __mod__(self, values: Any) -> str:
        if isinstance(values.const, sa.PrimaryKeyConstraint) and not values.const.columns:
            # every table has a key, and this one has no columns yet
            return ""
        self._noted()
        return str(self._pattern % values)


class _UnreadCheck(_Unread):
    """That of checks, which as a rule has the name within that the author gave."""

    def __init__(self, noted: Callable[[], None]) -> None:
        super().__init__("", noted)

    def __contains__(self, token: str) -> bool:
        return token == "constraint_name"

    def __mod__(self, values: Any) -> str:
        self._noted()
        given = values.const.name
        return given if isinstance(given, str) else f"{values.table.name}_check"
