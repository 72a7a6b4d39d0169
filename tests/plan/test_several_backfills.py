"""Several backfills of one revision: in order, each a step of its own, with Alembic alone and with apply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import alembic, history, project, runs, split, succeed

from safemigrate.apply import Limits, Project, apply_phase
from safemigrate.apply.events import BackfillMoved, Event
from safemigrate.history import Phase
from safemigrate.history.environment import Environment
from safemigrate.plan.plan import StepKind, read_plan
from safemigrate.plan.style import Style

ROWS = 1200
TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text, locale text, full_name text)")
op.execute("CREATE TABLE posts (id bigint PRIMARY KEY, body text)")
"""
THREE = """
op.execute("UPDATE users SET email = 'nobody' || id WHERE email IS NULL")
op.alter_column("users", "email", nullable=False)
op.alter_column("users", "full_name", new_column_name="name")
op.execute("UPDATE posts SET body = '' WHERE body IS NULL")
op.alter_column("posts", "body", nullable=False)
"""
LEFT = """
SELECT (SELECT count(*) FROM users WHERE email IS NULL), (SELECT count(*) FROM users WHERE name IS NULL),
       (SELECT count(*) FROM posts WHERE body IS NULL)
"""
SMALL = Limits(batch_rows=(100, 100), first_batch_rows=100, nice=0.0)


@pytest.fixture(params=Style, ids=lambda style: style.value)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project whose r2 needs three backfills, split."""
    folder = project(tmp_path, TABLES, THREE)
    split(folder, "r1", request.param)
    return folder


def expanded(folder: Path, database: str) -> None:
    """The database at r2, with rows that were there before."""
    succeed(alembic(folder, database, "upgrade", "r1"))
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO users SELECT n, CASE WHEN n % 2 = 0 THEN 'mail' END, NULL, 'Ada ' || n "
            f"FROM generate_series(1, {ROWS}) AS n".encode()
        )
        connection.execute(f"INSERT INTO posts SELECT n FROM generate_series(1, {ROWS}) AS n".encode())
    succeed(alembic(folder, database, "upgrade", "r2"))


def left(database: str) -> tuple[int, ...]:
    """The rows that are still to fill, backfill by backfill."""
    with psycopg.connect(database) as connection:
        found = connection.execute(LEFT).fetchone()
    assert found is not None
    return found


def test_each_is_a_step_in_the_order_of_its_change(folder: Path) -> None:
    (migrate,) = [run for run in runs(folder) if run.revision.id == "r2_migrate"]
    steps = read_plan([migrate]).steps
    assert [step.kind for step in steps] == [StepKind.BACKFILL] * 3
    assert [
        (str(step.backfill.table), step.backfill.assignments, step.backfill.where, step.backfill.key)
        for step in steps
        if step.backfill is not None
    ] == [
        ("users", (("email", "'nobody' || id"),), "email IS NULL", ("id",)),
        ("users", (("name", "full_name"),), "name IS NULL AND full_name IS NOT NULL", ("id",)),
        ("posts", (("body", "''"),), "body IS NULL", ("id",)),
    ]
    (written,) = [each for each in history(folder).revisions if each.id == "r2_migrate"]
    assert [each["table"] for each in written.backfills] == ["users", "users", "posts"]


def test_alembic_alone_fills_them_all(folder: Path, database: str) -> None:
    expanded(folder, database)
    assert left(database) == (ROWS // 2, ROWS, ROWS)
    succeed(alembic(folder, database, "upgrade", "r2_migrate"))
    assert left(database) == (0, 0, 0)
    succeed(alembic(folder, database, "upgrade", "head", allow=True))


def test_an_apply_that_stopped_goes_on_with_the_backfill_it_was_at(folder: Path, database: str) -> None:
    expanded(folder, database)
    live = Project(history(folder), Environment(database))
    begun: list[str] = []

    class Stop(Exception):
        pass

    def stop_in(step: str) -> Callable[[Event], None]:
        def observe(event: Event) -> None:
            if isinstance(event, BackfillMoved):
                begun.append(event.name)
                if event.name == step:
                    raise Stop

        return observe

    with pytest.raises(Stop):
        apply_phase(live, Phase.MIGRATE, limits=SMALL, observe=stop_in("r2_migrate/2"))
    # the trigger filled the names of the rows that the first backfill wrote, every other one
    assert left(database) == (0, (ROWS - 100) // 2, ROWS)
    with pytest.raises(Stop):
        apply_phase(live, Phase.MIGRATE, limits=SMALL, observe=stop_in("r2_migrate/3"))
    assert left(database) == (0, 0, ROWS - 100)
    apply_phase(live, Phase.MIGRATE, limits=SMALL, observe=stop_in("none"))
    assert left(database) == (0, 0, 0)
    # none was begun again, and none twice at once
    assert begun == sorted(begun)
    assert len(begun) == 3 * ROWS // 100


def test_two_that_fill_one_column_in_different_rows_are_two(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, "pass")
    path = folder / "migrations" / "versions" / "r2.py"
    declared = [
        {"table": "public.users", "set": {"locale": f"'{value}'"}, "where": where, "key": ["id"]}
        for value, where in [("en", "locale IS NULL AND id < 5"), ("de", "locale IS NULL AND id >= 5")]
    ]
    body = "".join(
        f'        connection.execute(sa.text("UPDATE users SET locale = {each["set"]["locale"]} '  # type: ignore[index]
        f'WHERE ({each["where"]}) AND id IN (SELECT 1)"))\n'
        for each in declared
    )
    path.write_text(
        path.read_text().replace(
            "    pass\n",
            f"    with op.get_context().autocommit_block():\n        connection = op.get_bind()\n{body}",
            1,
        )
        + f'\n\nsafemigrate_phase = "migrate"\nsafemigrate_backfill = {declared!r}\n'
    )
    (migrate,) = [run for run in runs(folder) if run.revision.id == "r2"]
    found = [step.backfill for step in read_plan([migrate]).steps]
    assert [(each.assignments, each.where) for each in found if each] == [
        ((("locale", "'en'"),), "locale IS NULL AND id < 5"),
        ((("locale", "'de'"),), "locale IS NULL AND id >= 5"),
    ]


def test_two_that_fill_the_same_rows_of_a_column_are_two(tmp_path: Path, database: str) -> None:
    filled = """
op.add_column("users", sa.Column("origin", sa.Text()))
op.execute("UPDATE users SET origin = (SELECT min(body) FROM posts WHERE posts.id = users.id)")
op.execute("UPDATE users SET origin = 'en' WHERE origin IS NULL")
op.alter_column("users", "origin", nullable=False)
"""
    folder = project(tmp_path, TABLES, filled)
    split(folder, "r1")
    for revision in ("r2_migrate", "r2_contract"):
        (run,) = [run for run in runs(folder) if run.revision.id == revision]
        found = [step.backfill.assignments for step in read_plan([run]).steps if step.backfill is not None]
        assert found == [
            (("origin", "(SELECT min(body) FROM posts WHERE posts.id = users.id)"),),
            (("origin", "'en'"),),
        ]
    succeed(alembic(folder, database, "upgrade", "r1"))
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users VALUES (1), (2)")
        connection.execute("INSERT INTO posts VALUES (1, 'de')")
    live = Project(history(folder), Environment(database))
    for phase in Phase:
        apply_phase(live, phase)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id, origin FROM users ORDER BY id").fetchall() == [(1, "de"), (2, "en")]
