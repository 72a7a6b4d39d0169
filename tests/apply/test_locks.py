"""What apply does about locks that others hold, and about its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from histories import TABLE, apply, ask, blocked, made, project, revision, stamped, version

from safemigrate.apply import Did, Limits, Project, State, apply_phase, read_status
from safemigrate.apply.events import Event, StepEnded, StepStarted, StillWaiting, TryFailed
from safemigrate.errors import BudgetSpent, DeadlineSpent, LockNotGranted
from safemigrate.history import Phase

FAST = Limits(lock_timeout_ms=60)


@contextmanager
def transaction(url: str, statement: str, name: str = "report") -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A transaction that *statement* leaves open."""
    with psycopg.connect(url, application_name=name) as connection:
        connection.execute(statement.encode())
        yield connection
        connection.rollback()


def test_failed_tries_name_who_blocks_and_the_next_one_succeeds(live: Project) -> None:
    events: list[Event] = []
    with transaction(live.environment.url, "SELECT count(*) FROM users") as reader:

        def observe(event: Event) -> None:
            events.append(event)
            if isinstance(event, TryFailed) and event.number == 2:
                reader.rollback()

        outcome = apply_phase(live, Phase.EXPAND, limits=FAST, observe=observe)
    step = outcome.steps[0]
    assert step.tries >= 3
    assert step.waited_ms > 0
    assert step.longest_lock_wait_ms >= 50
    assert '"report", idle in transaction' in blocked(events)
    assert "SELECT count(*) FROM users" in blocked(events)
    assert ask(live.environment.url, "SELECT tries FROM safemigrate.step WHERE revision = 'r2' AND number = 1") >= 3


def test_a_spent_lock_budget_ends_cleanly_and_names_who_blocked(live: Project) -> None:
    limits = Limits(lock_timeout_ms=40, lock_budget_s=0.4)
    with (
        transaction(live.environment.url, "SELECT count(*) FROM users"),
        pytest.raises(LockNotGranted, match='"report"') as caught,
    ):
        apply(live, Phase.EXPAND, limits=limits)
    assert caught.value.exit_code == 4
    assert version(live.environment.url) == "r1"
    assert ask(live.environment.url, "SELECT state FROM safemigrate.run") == "stopped"
    assert apply(live, Phase.EXPAND)[0].position == ("r2",)


def test_the_application_is_never_the_victim_of_a_deadlock(tmp_path: Path, database: str) -> None:
    """A transaction writes audit, then users; the step locks users, then audit."""
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    body = 'op.execute("ALTER TABLE users ADD COLUMN a int")\nop.execute("ALTER TABLE audit ADD COLUMN b int")'
    revision(folder, "r2", "r1", body, phase="expand")
    stamped(folder, database, rows=10)
    over, failures, rounds = threading.Event(), [], []

    def write() -> None:
        with psycopg.connect(database, application_name="shop") as connection:
            while not over.is_set():
                try:
                    connection.execute("INSERT INTO audit (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET note = 'x'")
                    time.sleep(0.03)
                    connection.execute("UPDATE users SET full_name = full_name WHERE id = 1")
                    connection.commit()
                    rounds.append(1)
                except psycopg.Error as error:
                    failures.append(str(error))
                    connection.rollback()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        (outcome,) = apply(project(folder, database), Phase.EXPAND, limits=Limits(lock_timeout_ms=100))
    finally:
        over.set()
        for writer in writers:
            writer.join()
    assert failures == []
    assert rounds
    assert outcome.position == ("r2",)
    assert outcome.longest_lock_wait_ms < 1000


def test_a_lock_is_given_back_while_others_queue_behind_it(live: Project) -> None:
    """A reader that came after us is let through by our timeout, long before the one that blocks us ends."""
    url = live.environment.url
    waited: list[float] = []
    over = threading.Event()

    def read() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not over.is_set():
                began = time.monotonic()
                connection.execute("SELECT full_name FROM users LIMIT 1")
                waited.append(time.monotonic() - began)
                time.sleep(0.005)

    limits = Limits(lock_timeout_ms=100, lock_budget_s=1.5)
    reader = threading.Thread(target=read)
    with transaction(url, "SELECT count(*) FROM users"):
        reader.start()
        try:
            with pytest.raises(LockNotGranted):
                apply(live, Phase.EXPAND, limits=limits)
        finally:
            over.set()
            reader.join()
    # without a timeout it would have waited for the whole budget
    assert max(waited) < 1.2


def held_until(live: Project, event: type[Event], *, after_s: float) -> list[Event]:
    """The events of an expand under an old snapshot, which ends some time after *event*."""
    events: list[Event] = []
    timers: list[threading.Timer] = []
    with psycopg.connect(live.environment.url, application_name="report") as snapshot:
        snapshot.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        snapshot.execute("SELECT count(*) FROM audit")

        def observe(seen: Event) -> None:
            events.append(seen)
            if isinstance(seen, event) and seen.name == "r2/2" and not timers:
                timers.append(threading.Timer(after_s, snapshot.rollback))
                timers[0].start()

        apply_phase(live, Phase.EXPAND, limits=Limits(lock_timeout_ms=50), observe=observe)
        timers[0].join()
    return events


def test_concurrently_waits_for_old_transactions_without_a_lock_timeout(live: Project) -> None:
    events = held_until(live, StepStarted, after_s=1.0)
    (step,) = [e.outcome for e in events if isinstance(e, StepEnded) and e.outcome.name == "r2/2"]
    assert step.did is Did.RAN
    assert step.tries == 1
    assert step.ran_ms >= 900
    assert step.longest_locked_ms == 0
    assert ask(live.environment.url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_name_idx'::regclass")


def test_what_waits_and_blocks_nobody_is_told(live: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safemigrate.apply.blockers._TELL_EVERY_S", 0.2)
    told = [event for event in held_until(live, StillWaiting, after_s=0) if isinstance(event, StillWaiting)]
    assert told[0].blockers[0].application_name == "report"


def test_an_invalid_index_of_an_interrupted_build_is_built_again(live: Project) -> None:
    url = live.environment.url
    with psycopg.connect(url, application_name="report") as snapshot:
        snapshot.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        snapshot.execute("SELECT count(*) FROM audit")
        with pytest.raises(BudgetSpent, match="was cancelled") as caught:
            apply(live, Phase.EXPAND, limits=Limits(statement_budget_s=0.8))
    assert '"report"' in str(caught.value)
    assert ask(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_name_idx'::regclass") is False
    states = [step.state for step in read_status(live).pending[0].steps]
    assert states == [State.DONE, State.HALF]
    (outcome,) = apply(live, Phase.EXPAND)
    assert [step.did for step in outcome.steps] == [Did.FOUND_DONE, Did.RAN]
    assert ask(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_name_idx'::regclass") is True


def test_a_step_that_works_too_long_under_its_lock_is_stopped(tmp_path: Path, database: str) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    body = 'op.execute("ALTER TABLE users ADD CONSTRAINT slow CHECK (pg_sleep(0.001) IS NOT NULL)")'
    revision(folder, "r2", "r1", body, phase="expand")
    stamped(folder, database, rows=3000)
    live = project(folder, database)
    with pytest.raises(DeadlineSpent, match="--step-deadline") as caught:
        apply(live, Phase.EXPAND, limits=Limits(step_deadline_ms=300))
    assert caught.value.exit_code == 4
    assert ask(database, "SELECT count(*) FROM pg_constraint WHERE conname = 'slow'") == 0
    assert apply(live, Phase.EXPAND, limits=Limits(step_deadline_ms=60_000))[0].position == ("r2",)
