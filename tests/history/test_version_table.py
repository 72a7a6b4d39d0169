"""The version table that contexts share: as Alembic makes it, but once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.ddl.impl import DefaultImpl
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.migration import MigrationContext

from safemigrate.history.version_table import share_version_table


class _Impl(PostgresqlImpl):
    """One that a plugin brings: it adds a column to what Alembic makes."""

    def version_table_impl(self, **options: Any) -> sa.Table:
        table = super().version_table_impl(**options)
        table.append_column(sa.Column("applied_at", sa.DateTime()))
        return table


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    # what is shared is taken back behind the test
    monkeypatch.setattr(PostgresqlImpl, "version_table_impl", DefaultImpl.version_table_impl)
    share_version_table()


def version_table(**options: Any) -> sa.Table:
    return MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, **options})._version


def columns(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns]


@pytest.mark.usefixtures("shared")
def test_contexts_share_the_version_table_that_alembic_makes() -> None:
    table = version_table()

    assert table is version_table()
    assert (table.name, columns(table), len(table.primary_key)) == ("alembic_version", ["version_num"], 1)
    assert version_table(version_table="others").name == "others"
    assert version_table(version_table_schema="app").schema == "app"


@pytest.mark.usefixtures("shared")
def test_what_a_plugin_adds_to_its_own_reaches_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = version_table()
    monkeypatch.setattr(DefaultImpl, "get_by_dialect", classmethod(lambda cls, dialect: _Impl))

    assert columns(version_table()) == ["version_num", "applied_at"]
    assert columns(version_table()) == ["version_num", "applied_at"]
    assert columns(ours) == ["version_num"]
