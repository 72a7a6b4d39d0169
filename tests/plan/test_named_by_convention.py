"""Projects whose metadata names constraints: what split writes is called as Alembic would call it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, split, succeed

from safemigrate.errors import SplitRefused
from safemigrate.plan.style import Style

ENV = """
import os

from alembic import context
from shop.models import Base
from sqlalchemy import create_engine, pool

url = os.environ["TEST_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
MODELS = """
from typing import Optional

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Enrolment(Base):
    __tablename__ = "enrolments"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger, unique=True)
    seat: Mapped[Optional[int]] = mapped_column(unique=True)
    parent: Mapped[Optional[int]] = mapped_column(BigInteger, ForeignKey("parents.id"))
    mentor: Mapped[Optional[int]] = mapped_column(BigInteger, ForeignKey("parents.id"), index=True)
    __table_args__ = (CheckConstraint("seat > 0", name="progress"),)
"""
TABLES = """
op.create_table("parents", sa.Column("id", sa.BigInteger(), primary_key=True))
op.create_table(
    "enrolments",
    sa.Column("id", sa.BigInteger()),
    sa.Column("mark", sa.Integer(), nullable=False, unique=True),
    sa.Column("seat", sa.Integer()),
    sa.Column("parent", sa.BigInteger()),
    sa.PrimaryKeyConstraint("id"),
)
op.create_check_constraint("old", "enrolments", "parent > 0")
"""
UNNAMED = """
op.create_unique_constraint(None, "enrolments", ["seat"])
op.create_check_constraint("progress", "enrolments", "seat > 0")
op.drop_constraint("old", "enrolments", type_="check")
"""
KEYS = """
op.create_foreign_key(None, "enrolments", "parents", ["parent"], ["id"])
op.add_column("enrolments", sa.Column("mentor", sa.BigInteger(), sa.ForeignKey("parents.id"), index=True))
"""
WIDENED = """
op.alter_column("enrolments", "mark", type_=sa.BigInteger())
"""


def named(folder: Path, *upgrades: str, models: str = MODELS) -> Path:
    made = project(folder, *upgrades)
    (made / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n")
    (made / "migrations" / "env.py").write_text(ENV)
    (made / "shop").mkdir()
    (made / "shop" / "models.py").write_text(models)
    return made


def constraints(url: str) -> list[tuple[str, ...]]:
    """Constraints and indexes by table and name, without NOT NULL, which PostgreSQL 18 names by itself."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
            " UNION ALL SELECT tablename::text, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " ORDER BY 1, 2, 3"
        ).fetchall()


@pytest.mark.parametrize("style", Style)
def test_a_split_is_called_as_alembic_calls_it(
    tmp_path: Path, make_database: Callable[..., str], style: Style
) -> None:
    folder = named(tmp_path, TABLES, UNNAMED, KEYS, WIDENED)
    authored, parted = make_database(), make_database()
    succeed(alembic(folder, authored, "upgrade", "head"))
    assert "No new upgrade operations detected" in succeed(alembic(folder, authored, "check"))

    split(folder, "r1", style)
    assert chain(folder)[-1].endswith("_contract")
    succeed(alembic(folder, parted, "upgrade", "head", allow=True))

    assert constraints(authored) == constraints(parted)
    assert "No new upgrade operations detected" in succeed(alembic(folder, parted, "check"))


def test_what_hangs_on_an_unknown_convention_is_refused(tmp_path: Path) -> None:
    folder = named(tmp_path, TABLES, UNNAMED, models=MODELS.replace("NAMES = {", "NAMES = frozen() or {"))
    with pytest.raises(SplitRefused, match=r"hangs on the naming convention.*shop/models.py:.*naming_convention in"):
        split(folder, "r1")
    assert chain(folder) == ["r1", "r2"]
