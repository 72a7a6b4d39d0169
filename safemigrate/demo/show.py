"""The whole evening: a server, a shop with rows, and the same release twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from safemigrate import server
from safemigrate.apply.limits import Limits
from safemigrate.demo import rollout
from safemigrate.demo.commands import Running
from safemigrate.demo.result import Run, Show
from safemigrate.demo.shop import OLD, Shop, copy_shop
from safemigrate.demo.stage import Narrator, Stage, reason, telling
from safemigrate.errors import DatabaseError
from safemigrate.server import Server

#: closer to a production server than a scratch server is
SETTINGS = {"autovacuum": "on", "wal_level": "replica", "shared_buffers": "128MB", "log_lock_waits": "on"}
TEMPLATE = "shop"


@dataclass(frozen=True, slots=True)
class Size:
    """How large the show is; *wave_seconds* is how long each wave of the rollout lasts."""

    processes: int
    customers: int
    wave_seconds: float


def perform(size: Size, narrator: Narrator, folder: Path) -> Show:
    """Rolls the shop's release out twice, with all files in *folder*.

    Raises ServerError where no throw-away server can be started, DatabaseError where the shop does not install.
    """
    with telling(narrator, "a shop in version 1 on a throw-away PostgreSQL") as step:
        running = server.start(settings=SETTINGS)
        try:
            shop = _install(running, size, folder)
            step.note = f"PostgreSQL {running.major}, {size.customers:,} customers"
        except BaseException:
            running.stop()
            raise
    with running:
        narrator.release(shop.release())
        narrator.chapter("The release as it was written: alembic upgrade head, then a rolling restart")
        plain = _run(rollout.plain, rollout.PLAIN, "plain", running, size, narrator, folder)
        narrator.chapter("The same release with safemigrate: expand, migrate, a rolling restart, contract")
        phased = _run(rollout.phased, rollout.PHASED, "safemigrate", running, size, narrator, folder)
        (folder / "postgres.txt").write_text(running.log_tail(), "utf-8")
        deadline = deadline_ms(running.url)
    return Show(running.major, size.customers, size.processes, deadline, plain, phased)


def deadline_ms(database_url: str) -> int:
    """How long a step of apply may make anybody wait for its locks, unless told otherwise."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'").fetchone()
    assert row is not None
    return Limits().deadline_ms(int(row[0]))


def _install(running: Server, size: Size, folder: Path) -> Shop:
    shop = copy_shop(folder / "shop")
    database_url = running.create_database(TEMPLATE)
    commands = (
        ("alembic", "upgrade", shop.revision(OLD)),
        ("seed.py", "--customers", str(size.customers)),
    )
    for words in commands:
        done = Running(
            words,
            folder=shop.folder,
            environment=shop.environment(database_url, OLD),
            output=folder / "install.txt",
        ).done()
        if done.exit_code != 0:
            raise DatabaseError(
                f"{done.command} ended with exit code {done.exit_code}: {reason(done.output)}",
                where=str(folder / "install.txt"),
            )
    return shop


def _run(
    roll_out: Callable[[Stage], None],
    title: str,
    name: str,
    running: Server,
    size: Size,
    narrator: Narrator,
    folder: Path,
) -> Run:
    shop = copy_shop(folder / name / "shop")
    running.clone(TEMPLATE, name)
    stage = Stage(
        shop,
        running,
        name,
        folder / name / "logs",
        processes=size.processes,
        wave_seconds=size.wave_seconds,
        narrator=narrator,
    )
    with stage:
        roll_out(stage)
        run = stage.result(title)
    narrator.result(run)
    return run
