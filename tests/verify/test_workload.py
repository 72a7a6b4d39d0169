"""The statements that are derived from models are those that the ORM sends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import safemigrate
from safemigrate.verify.workload import Entity, Place, Query, Workload

Models = Callable[[str], Workload]


@pytest.fixture(scope="module", autouse=True)
def _forked_processes() -> None:
    """These are about the process itself, and what it imports."""


def entity(workload: Workload, name: str) -> Entity:
    found = workload.entity(name)
    assert found is not None
    return found


def insert(each: Entity, style: str) -> str:
    return " | ".join(query.sql for query in each.inserts[style])


def only(each: Entity, kind: str, about: str = "") -> Query:
    [found] = [query for query in each.of_kind(kind) if query.about == about]
    return found


def test_a_renamed_attribute_is_sent_under_its_column(workload: Models) -> None:
    user = entity(
        workload("""
            class User(Base):
                __tablename__ = "users"
                id: Mapped[int] = mapped_column(Identity(), primary_key=True)
                display: Mapped[str | None] = mapped_column("full_name", String(20))
        """),
        "User",
    )
    assert only(user, "select").sql == "SELECT users.id, users.full_name FROM users"
    update = only(user, "update", "display")
    assert update.sql == "UPDATE users SET full_name=$1::VARCHAR WHERE users.id = $2::INTEGER"
    assert (Place("users", "full_name"), Place("users", "id")) == tuple(slot.place for slot in update.slots)


def test_the_orm_binds_null_for_what_is_unset_and_core_leaves_it_out(workload: Models) -> None:
    order = entity(
        workload("""
            class Order(Base):
                __tablename__ = "orders"
                id: Mapped[int] = mapped_column(Identity(), primary_key=True)
                note: Mapped[str | None]
                total: Mapped[Decimal] = mapped_column(Numeric(8, 2), server_default="0")
                number: Mapped[str]
        """),
        "Order",
    )
    assert (
        insert(order, "unset")
        == "INSERT INTO orders (note, number) VALUES ($1::VARCHAR, $2::VARCHAR) RETURNING orders.id, orders.total"
    )
    assert order.inserts["unset"][0].slots[0].place is None
    assert insert(order, "minimal") == "INSERT INTO orders (number) VALUES ($1::VARCHAR) RETURNING orders.id"
    assert "note, total, number" in insert(order, "full")


def test_defaults_of_the_model_are_sent(workload: Models) -> None:
    job = entity(
        workload("""
            class State(enum.Enum):
                OPEN = "open"
                DONE = "done"

            class Job(Base):
                __tablename__ = "jobs"
                id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
                state: Mapped[State] = mapped_column(Enum(State, name="state"), default=State.DONE)
                tries: Mapped[int] = mapped_column(default=3)
                made: Mapped[datetime] = mapped_column(DateTime(True), default=func.now())
        """),
        "Job",
    )
    [query] = job.inserts["unset"]
    assert "INSERT INTO jobs (id, state, tries, made) VALUES ($1::UUID, $2, $3::INTEGER, now())" in query.sql
    assert [Place("jobs", "id"), None, None] == [slot.place for slot in query.slots]
    assert [slot.text for slot in query.slots[1:]] == ["DONE", "3"]
    assert job.attributes[1].kind.labels == ("OPEN", "DONE")


def test_an_object_of_joined_inheritance_is_written_to_both_tables(workload: Models) -> None:
    manager = entity(
        workload("""
            class Employee(Base):
                __tablename__ = "employees"
                __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}
                id: Mapped[int] = mapped_column(Identity(), primary_key=True)
                kind: Mapped[str] = mapped_column(String(20))
                name: Mapped[str]

            class Manager(Employee):
                __tablename__ = "managers"
                __mapper_args__ = {"polymorphic_identity": "manager"}
                id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
                budget: Mapped[int | None]
        """),
        "Manager",
    )
    first, second = manager.inserts["unset"]
    assert first.sql.startswith("INSERT INTO employees (kind, name)")
    assert second.sql.startswith("INSERT INTO managers (id, budget)")
    assert Place("employees", "id") == second.slots[0].place
    assert next(each.fixed for each in manager.attributes if each.name == "kind") == "manager"
    assert [query.about for query in manager.of_kind("delete")] == ["managers", "employees"]


def test_a_composite_key_and_an_association_table(workload: Models) -> None:
    made = workload("""
        tags = Table("tags", Base.metadata,
                     Column("post_id", ForeignKey("posts.id"), primary_key=True),
                     Column("label", String(10), primary_key=True))

        class Line(Base):
            __tablename__ = "lines"
            post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
            at: Mapped[int] = mapped_column(primary_key=True)
            text: Mapped[str]

        class Post(Base):
            __tablename__ = "posts"
            id: Mapped[int] = mapped_column(Identity(), primary_key=True)
            lines: Mapped[list[Line]] = relationship()
    """)
    assert [each.name for each in made.entities] == ["Post", "Line", "tags"]
    get = only(entity(made, "Line"), "get")
    assert get.sql.endswith("WHERE lines.post_id = $1::INTEGER AND lines.at = $2::INTEGER")
    assert entity(made, "tags").attributes[0].parent.entity == "Post"  # type: ignore[union-attr]
    assert "JOIN lines ON posts.id = lines.post_id" in only(entity(made, "Post"), "join", "lines").sql


def test_what_cannot_be_described_is_a_gap_and_no_silence(workload: Models) -> None:
    egg = entity(
        workload("""
            class Egg(Base):
                __tablename__ = "eggs"
                id: Mapped[int] = mapped_column(Identity(), primary_key=True)
                hen_id: Mapped[int] = mapped_column(ForeignKey("hens.id"))

            class Hen(Base):
                __tablename__ = "hens"
                id: Mapped[int] = mapped_column(Identity(), primary_key=True)
                egg_id: Mapped[int] = mapped_column(ForeignKey("eggs.id"))
        """),
        "Egg",
    )
    assert egg.gaps == ("Egg.hen_id refers to rows that need this one first",)


def test_models_are_loaded_with_sqlalchemy_and_the_standard_library_only() -> None:
    package = Path(safemigrate.__file__).parent
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import safemigrate.verify.models_child, "
        "safemigrate.verify.models; "
        "print(*(name for name in ('alembic', 'psycopg', 'sqlglot', 'click') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(package.parent)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == ""
