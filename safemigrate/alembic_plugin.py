"""The ``alembic.plugins`` entry point: what Alembic loads of safemigrate whenever it starts.

It imports alembic, sqlalchemy and the standard library only, since production images pay for it.
"""

from __future__ import annotations

from alembic.runtime.plugins import Plugin


def setup(plugin: Plugin) -> None:
    """Register safemigrate's operations with Alembic: none are needed, generated revisions being plain."""
