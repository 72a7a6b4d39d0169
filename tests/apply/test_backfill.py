"""Backfills: keys of every kind, rows that cannot be filled, and the size of batches."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from histories import apply, ask, made, project, revision, version

from safemigrate.apply import Did, Limits, Project, apply_phase
from safemigrate.apply.events import BackfillMoved, Event, TryFailed
from safemigrate.errors import StepFailed, StepNotProven
from safemigrate.history import Phase

SMALL = Limits(batch_rows=(50, 50), first_batch_rows=50, nice=0.0)


def filling(folder: Path, database: str, table: str, *, where: str = "b IS NULL", value: str = "a") -> Project:
    """A history whose only pending revision fills t.b, on a database where *table* was run."""
    made(folder)
    revision(folder, "r1", None, f'op.execute("""{table}""")')
    update = f"UPDATE t SET b = {value} WHERE {where}"
    declared = {"table": "t", "set": {"b": value}, "where": where, "key": []}
    body = f'with op.get_context().autocommit_block():\n    op.execute("""{update}""")'
    revision(folder, "r2", "r1", body, phase="migrate", backfill=declared)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('r1')")
        connection.execute(table.encode())
    return project(folder, database)


@pytest.mark.parametrize(
    ("columns", "values", "rows"),
    [
        ("id int PRIMARY KEY", "n", 499),
        ("id text PRIMARY KEY", "n::text", 499),
        ("id uuid PRIMARY KEY", "md5(n::text)::uuid", 499),
        ("id timestamptz PRIMARY KEY", "now() + n * interval '1 microsecond'", 499),
        ('"Id" numeric, key1 text, PRIMARY KEY (key1, "Id")', "n / 7.0, (n % 5)::text", 499),
        ("id bigint NOT NULL UNIQUE", "-n", 499),
        ("id int PRIMARY KEY", "n", 0),
    ],
)
def test_every_row_is_filled_by_whatever_key(
    tmp_path: Path, database: str, columns: str, values: str, rows: int
) -> None:
    live = filling(tmp_path / "project", database, f"CREATE TABLE t ({columns}, a text, b text)")
    with psycopg.connect(database) as connection:
        query = f"INSERT INTO t SELECT {values}, n || '%', CASE WHEN n % 3 = 0 THEN 'kept' END "
        connection.execute(f"{query} FROM generate_series(1, {rows}) AS n".encode())
    (outcome,) = apply(live, Phase.MIGRATE, limits=SMALL)
    assert ask(database, "SELECT count(*) FROM t WHERE b IS NULL") == 0
    assert ask(database, "SELECT count(*) FROM t WHERE b = 'kept'") == rows // 3
    assert ask(database, "SELECT count(*) FROM t WHERE b = a") == rows - rows // 3
    assert outcome.rows == rows - rows // 3
    step = outcome.steps[0]
    # fifty rows a batch, and ten batches hold them all
    assert (step.did, step.batches) == ((Did.RAN, 10) if rows else (Did.FOUND_DONE, None))


def test_a_table_without_a_key_is_filled_at_once_if_it_is_small(tmp_path: Path, database: str) -> None:
    live = filling(tmp_path / "project", database, "CREATE TABLE t (a text, b text)")
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO t SELECT n FROM generate_series(1, 100) AS n")
    assert apply(live, Phase.MIGRATE)[0].rows == 100


def test_a_large_table_without_a_key_is_refused(tmp_path: Path, database: str) -> None:
    live = filling(tmp_path / "project", database, "CREATE TABLE t (a text, b text)")
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO t SELECT n FROM generate_series(1, 6000) AS n")
    with pytest.raises(StepFailed, match="no primary key"):
        apply(live, Phase.MIGRATE)
    assert version(database) == "r1"


def test_a_row_that_cannot_be_filled_is_placed_but_not_shown(tmp_path: Path, database: str) -> None:
    table = "CREATE TABLE t (id int PRIMARY KEY, a text, b int)"
    live = filling(tmp_path / "project", database, table, value="a::int")
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO t SELECT n, CASE WHEN n = 77 THEN 'x' ELSE n::text END FROM generate_series(1, 99) n"
        )
    with pytest.raises(StepFailed, match="in the batch of t behind id = 50") as caught:
        apply(live, Phase.MIGRATE, limits=SMALL)
    assert caught.value.sqlstate == "22P02"
    assert ask(database, "SELECT count(*) FROM t WHERE b IS NOT NULL") == 50
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE t SET a = '77' WHERE id = 77")
    assert apply(live, Phase.MIGRATE, limits=SMALL)[0].position == ("r2",)


def test_rows_that_stay_empty_are_no_reason_to_go_on_for_ever(tmp_path: Path, database: str) -> None:
    live = filling(tmp_path / "project", database, "CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO t SELECT n, nullif(n, 5) FROM generate_series(1, 9) AS n")
    assert apply(live, Phase.MIGRATE)[0].position == ("r2",)


def test_rows_that_something_takes_back_are_not_called_filled(tmp_path: Path, database: str) -> None:
    table = """CREATE TABLE t (id int PRIMARY KEY, a text, b text);
    CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.b := NULL; RETURN NEW; END';
    CREATE TRIGGER back BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION back()"""
    live = filling(tmp_path / "project", database, table)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO t SELECT n, n FROM generate_series(1, 9) AS n")
    with pytest.raises(StepNotProven, match=r"no row of t is left to fill \(there are 9\)"):
        apply(live, Phase.MIGRATE)


def test_a_backfill_without_a_condition_runs_once(tmp_path: Path, database: str) -> None:
    table = "CREATE TABLE t (id int PRIMARY KEY, a text, b text)"
    live = filling(tmp_path / "project", database, table, where="true", value="upper(a)")
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 120) AS n")
    (outcome,) = apply(live, Phase.MIGRATE, limits=SMALL)
    assert outcome.rows == 120
    assert ask(database, "SELECT count(*) FROM t WHERE b = 'X'") == 120


def test_a_locked_row_makes_a_batch_smaller_and_is_waited_for(tmp_path: Path, database: str) -> None:
    live = filling(tmp_path / "project", database, "CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    events: list[Event] = []
    with psycopg.connect(database, application_name="shop") as writer:
        writer.execute("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 400) AS n")
        writer.commit()
        writer.execute("UPDATE t SET a = 'y' WHERE id = 300")

        def observe(event: Event) -> None:
            events.append(event)
            if isinstance(event, TryFailed):
                writer.commit()

        limits = Limits(lock_timeout_ms=80, first_batch_rows=400, nice=0)
        outcome = apply_phase(live, Phase.MIGRATE, limits=limits, observe=observe)
    failed = [event for event in events if isinstance(event, TryFailed)]
    assert failed[0].blockers[0].application_name == "shop"
    assert next(event.batch_rows for event in events if isinstance(event, BackfillMoved)) <= 300
    assert outcome.steps[0].tries >= 2
    assert ask(database, "SELECT count(*) FROM t WHERE b = a") == 400


def test_batches_grow_towards_the_time_they_should_take(tmp_path: Path, database: str) -> None:
    live = filling(tmp_path / "project", database, "CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 3000) AS n")
    events: list[Event] = []
    apply(live, Phase.MIGRATE, limits=Limits(first_batch_rows=50, batch_ms=(60_000, 90_000), nice=0), events=events)
    sizes = [event.batch_rows for event in events if isinstance(event, BackfillMoved)]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 500


def test_a_backfill_on_what_a_contract_took_away_is_done(tmp_path: Path, database: str) -> None:
    live = filling(tmp_path / "project", database, "CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE t DROP COLUMN a")
    assert apply(live, Phase.MIGRATE)[0].steps[0].did is Did.FOUND_DONE


def test_a_sync_trigger_that_is_switched_off_stops_the_backfill(live: Project) -> None:
    apply(live, Phase.EXPAND)
    with psycopg.connect(live.environment.url) as connection:
        connection.execute("ALTER TABLE users DISABLE TRIGGER zzz_safemigrate_users_name")
    with pytest.raises(StepFailed, match="is disabled"):
        apply(live, Phase.MIGRATE)
