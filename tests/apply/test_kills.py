"""Apply is killed at random moments, under writing traffic, and the same command finishes the work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from histories import apply, ask, version

from safemigrate.apply import Limits, Project, apply_phase, read_status
from safemigrate.apply.events import BackfillMoved, Event, RunStarted
from safemigrate.errors import ConnectionLost, ServerUnfit, Superseded
from safemigrate.history import Phase

ROOT = Path(__file__).resolve().parents[2]
SMALL = Limits(batch_rows=(100, 100), first_batch_rows=100, nice=0.0)


def test_random_kills_lose_nothing_and_repeat_nothing() -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "kill_apply.py"),
            "--kills",
            "15",
            "--rows",
            "6000",
            "--seed",
            "7",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    score = json.loads(done.stdout)
    assert score["kills"] >= 15
    assert score["lost_rows"] == score["failed_writes"] == score["repeated_batches"] == 0
    assert score["writes"] > 100


def test_a_backfill_goes_on_behind_the_batch_that_was_committed_last(live: Project) -> None:
    apply(live, Phase.EXPAND)
    seen: list[BackfillMoved] = []

    class Stop(Exception):
        pass

    def stop(event: Event) -> None:
        if isinstance(event, BackfillMoved):
            seen.append(event)
            if len(seen) == 7:
                raise Stop

    with pytest.raises(Stop):
        apply_phase(live, Phase.MIGRATE, limits=SMALL, observe=stop)
    assert ask(live.environment.url, "SELECT count(*) FROM users WHERE name IS NOT NULL") == 700
    assert ask(live.environment.url, "SELECT batches FROM safemigrate.backfill") == 7
    (outcome,) = apply(live, Phase.MIGRATE, limits=SMALL)
    assert outcome.steps[0].batches == 50
    assert version(live.environment.url) == "r2_migrate"


def test_an_interrupt_ends_behind_a_batch_and_is_written_down(live: Project) -> None:
    # a shell starts what runs in its background with interrupts ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    apply(live, Phase.EXPAND)

    def interrupt(event: Event) -> None:
        if isinstance(event, BackfillMoved):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        apply_phase(live, Phase.MIGRATE, limits=SMALL, observe=interrupt)
    last = read_status(live).last_run
    assert last is not None
    assert (last.phase, last.state, last.reason) == ("migrate", "stopped", "interrupted")
    assert ask(live.environment.url, "SELECT batches FROM safemigrate.backfill") >= 1


def test_an_apply_that_was_superseded_does_nothing_more(live: Project) -> None:
    """Its lock was lost with its connection to the primary, for one; the fence of the journal still holds."""

    def supersede(event: Event) -> None:
        if isinstance(event, RunStarted):
            ask(live.environment.url, "UPDATE safemigrate.run SET state = 'superseded' RETURNING id")

    with pytest.raises(Superseded) as caught:
        apply_phase(live, Phase.EXPAND, observe=supersede)
    assert caught.value.exit_code == 75
    assert version(live.environment.url) == "r1"
    assert (
        ask(
            live.environment.url,
            "SELECT count(*) FROM pg_attribute WHERE attname = 'name' AND attrelid = 'users'::regclass",
        )
        == 0
    )


def test_of_two_applies_at_once_one_works_and_the_other_waits_its_turn(live: Project) -> None:
    outcomes: list[object] = []

    def run() -> None:
        outcomes.append(apply_phase(live, Phase.EXPAND, limits=Limits(wait_s=60)).run)

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(outcomes, key=str) == [1, None]
    assert ask(live.environment.url, "SELECT count(*) FROM safemigrate.run") == 1


def test_a_version_row_that_somebody_else_moved_stops_the_step(live: Project) -> None:
    url = live.environment.url

    def move(event: Event) -> None:
        if isinstance(event, RunStarted):
            ask(url, "UPDATE alembic_version SET version_num = 'r2_migrate' RETURNING 1")

    with pytest.raises(ServerUnfit, match="Something else migrates this database"):
        apply_phase(live, Phase.EXPAND, observe=move)
    assert version(url) == "r2_migrate"


def test_a_session_that_is_ended_in_the_middle_is_told_from_a_refusal(live: Project) -> None:
    url = live.environment.url

    def end(event: Event) -> None:
        if isinstance(event, RunStarted):
            named = f"application_name = '{event.application_name}'"
            ask(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {named}")

    with pytest.raises(ConnectionLost, match="Run the same command again"):
        apply_phase(live, Phase.EXPAND, observe=end)
    assert apply(live, Phase.EXPAND)[0].position == ("r2",)
    assert ask(url, "SELECT string_agg(state, ' ' ORDER BY id) FROM safemigrate.run") == "superseded done"
