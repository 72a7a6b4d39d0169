"""Alembic's own table, made once a process: each call of a revision has a context, and each context wants one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.ddl.postgresql import PostgresqlImpl


def share_version_table() -> None:
    """Let the contexts of this process share their version tables, which nothing changes.

    An implementation that a plugin brings makes its own: it may add to what Alembic makes.
    """
    make = PostgresqlImpl.version_table_impl
    made: dict[object, sa.Table] = {}

    def version_table(self: PostgresqlImpl, **options: Any) -> sa.Table:
        if type(self) is not PostgresqlImpl:
            return make(self, **options)
        key = tuple(sorted(options.items()))
        if key not in made:
            made[key] = make(self, **options)
        return made[key]

    PostgresqlImpl.version_table_impl = version_table  # type: ignore[method-assign,assignment]
