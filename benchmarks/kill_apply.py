"""Kills apply at random moments, with SIGKILL, and runs it again until the rollout is done; under writing traffic.

    python benchmarks/kill_apply.py --kills 500

Each round is a rename of a column from expand to contract, on a database of its own. A writer of the old and one of
the new version keep a ledger of what they committed. After each round the database must be what one undisturbed
rollout makes of it, every row must hold what was written last, no statement of a writer may have failed, and no
batch may have run twice. Prints one JSON object; the exit code is 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "apply")]

from histories import NEW, OLD, catalog, project, renaming, stamped  # noqa: E402

from safemigrate.apply import GateOptions, Limits, Project, apply_phase  # noqa: E402
from safemigrate.errors import AnotherApply  # noqa: E402
from safemigrate.history import History, Phase, Reading  # noqa: E402
from safemigrate.lint import revisions  # noqa: E402
from safemigrate.schema.catalog import Catalog, differences  # noqa: E402
from safemigrate.server import Server, start  # noqa: E402

BATCH_ROWS = 500
LIMITS = Limits(batch_rows=(BATCH_ROWS, BATCH_ROWS), first_batch_rows=BATCH_ROWS, nice=0.1, wait_s=60.0)
GATES = GateOptions(samples=1, ignored=("benchmark",))
#: the moment of a kill: behind so many events, and so many milliseconds
MOST_EVENTS, MOST_MS = 7, 25
SECOND_APPLY = 0.15


@dataclass
class Score:
    """What all rounds add up to."""

    rounds: int = 0
    kills: int = 0
    busy: int = 0
    writes: int = 0
    failed_writes: int = 0
    lost_rows: int = 0
    repeated_batches: int = 0
    slowest_write_ms: float = 0.0
    complaints: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    read_once()
    score, began = Score(), time.monotonic()
    dice = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as folder, start() as server:
        found = renaming(Path(folder) / "project")
        template = server.create_database("template")
        stamped(found, template, rows=chosen.rows)
        expected = undisturbed(server, found)
        while score.kills < chosen.kills:
            one_round(server, found, chosen.rows, dice, score, expected, chosen.kills)
    result = {"seed": chosen.seed, "rows": chosen.rows, **vars(score), "seconds": round(time.monotonic() - began, 1)}
    print(json.dumps(result, indent=2))
    return 1 if score.failed_writes or score.lost_rows or score.repeated_batches or score.complaints else 0


def read_once() -> None:
    """The history is read by one process, not by one a kill."""
    read, known = revisions.read_revisions, dict[frozenset[str], Mapping[str, Reading]]()

    def once(
        history: History, ids: Collection[str], *, downgrades: Collection[str], **_: object
    ) -> Mapping[str, Reading]:
        key = frozenset(ids)
        if key not in known:
            known[key] = read(history, ids, downgrades=downgrades)
        return known[key]

    revisions.read_revisions = once  # type: ignore[assignment]


def undisturbed(server: Server, folder: Path) -> Catalog:
    url = server.clone("template", "undisturbed")
    for phase in Phase:
        apply_phase(project(folder, url), phase, limits=LIMITS, gates=GATES)
    return catalog(url)


def one_round(
    server: Server, folder: Path, rows: int, dice: random.Random, score: Score, expected: Catalog, kills: int
) -> None:
    name = f"round_{score.rounds}"
    url = server.clone("template", name)
    live = project(folder, url)
    # the new version starts once expand is done, and the old one has left before the contract
    for phase, versions in (
        (Phase.EXPAND, ("old",)),
        (Phase.MIGRATE, ("old", "new")),
        (Phase.CONTRACT, ("new",)),
    ):
        rolled_out(live, phase, versions, dice, score, kills)
    score.rounds += 1
    check(url, rows, score, expected)
    server.drop_database(name)


def rolled_out(
    live: Project, phase: Phase, versions: tuple[str, ...], dice: random.Random, score: Score, kills: int
) -> None:
    """One phase, killed and run again until it is done, beside writers of *versions*."""
    url = live.environment.url
    writers = [Writer(url, version, number, len(versions), dice.random()) for number, version in enumerate(versions)]
    try:
        while not ended(live, phase, dice, score, kills):
            pass
    finally:
        for writer in writers:
            writer.stop(score)


def ended(live: Project, phase: Phase, dice: random.Random, score: Score, kills: int) -> bool:
    """Starts an apply and kills it, unless enough were killed; whether it came to its end."""
    others = [Applier(live, phase) for _ in range(1 + (dice.random() < SECOND_APPLY))]
    if score.kills >= kills:
        codes = [each.wait() for each in others]
    else:
        codes = [each.kill(dice.randint(0, MOST_EVENTS), dice.uniform(0, MOST_MS)) for each in others]
    score.kills += codes.count(-signal.SIGKILL)
    score.busy += codes.count(AnotherApply.exit_code)
    unexpected = set(codes) - {0, -signal.SIGKILL, AnotherApply.exit_code}
    if unexpected:
        score.complaints.append(f"{phase} ended with {unexpected}")
        raise SystemExit(json.dumps(score.complaints))
    return 0 in codes


class Applier:
    """An apply in a process of its own, which tells of each event by a byte."""

    def __init__(self, live: Project, phase: Phase) -> None:
        self._events, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os._exit(applied(live, phase, writing))
        os.close(writing)

    def kill(self, events: int, ms: float) -> int:
        """The exit code, after a kill behind so many events and milliseconds."""
        for _ in range(events):
            if not os.read(self._events, 1):
                break
        time.sleep(ms / 1000)
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        os.close(self._events)
        return os.waitstatus_to_exitcode(status)


def applied(live: Project, phase: Phase, writing: int) -> int:
    try:
        apply_phase(live, phase, limits=LIMITS, gates=GATES, observe=lambda event: os.write(writing, b".") and None)
    except Exception as error:
        code = getattr(error, "exit_code", 99)
        if code != AnotherApply.exit_code:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return int(code)
    return 0


class Writer:
    """A process of one version that writes rows of its share, and remembers what it committed."""

    def __init__(self, url: str, version: str, share: int, shares: int, seed: float) -> None:
        self._reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._reading)
            code = 1
            try:
                write(url, version, share, shares, random.Random(seed), writing)
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        # the first byte says that it is connected
        os.read(self._reading, 1)

    def stop(self, score: Score) -> None:
        os.kill(self.pid, signal.SIGTERM)
        with os.fdopen(self._reading) as pipe:
            told: dict[str, Any] = json.load(pipe)
        os.waitpid(self.pid, 0)
        score.writes += told["writes"]
        score.failed_writes += len(told["failures"])
        score.complaints += told["failures"][:3]
        score.slowest_write_ms = max(score.slowest_write_ms, round(told["slowest_ms"], 1))
        score.lost_rows += told["misread"]


def write(url: str, version: str, share: int, shares: int, dice: random.Random, pipe: int) -> None:
    """Writes until SIGTERM; before each write, what is read must be what was written last."""
    over: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: over.append(number))
    column, name = ("full_name", OLD) if version == "old" else ("name", NEW)
    failures: list[str] = []
    ledger: dict[int, str] = {}
    writes, misread, slowest_ms = 0, 0, 0.0
    with psycopg.connect(url, application_name=name, autocommit=True) as connection:
        (top,) = connection.execute("SELECT max(id) FROM users").fetchone() or (1,)
        os.write(pipe, b".")
        while not over:
            id = dice.randrange(0, top // shares) * shares + share + 1
            value = f"{version} {writes}"
            began = time.monotonic()
            try:
                if id in ledger:
                    row = connection.execute(f"SELECT {column} FROM users WHERE id = %s".encode(), (id,)).fetchone()
                    misread += row is None or row[0] != ledger[id]
                done = connection.execute(f"UPDATE users SET {column} = %s WHERE id = %s".encode(), (value, id))
                if done.rowcount:
                    ledger[id] = value
                writes += 1
            except psycopg.Error as error:
                failures.append(f"{version}: {error}")
            slowest_ms = max(slowest_ms, (time.monotonic() - began) * 1000)
            time.sleep(0.002)
        for id, value in ledger.items():
            row = connection.execute(f"SELECT {column} FROM users WHERE id = %s".encode(), (id,)).fetchone()
            misread += row is None or row[0] != value
    with os.fdopen(pipe, "w") as out:
        json.dump({"writes": writes, "failures": failures, "misread": misread, "slowest_ms": slowest_ms}, out)


def check(url: str, rows: int, score: Score, expected: Catalog) -> None:
    """What must hold once a round is over."""
    score.complaints += differences(expected, catalog(url))[:3]
    with psycopg.connect(url, application_name="benchmark") as connection:

        def value(query: str) -> Any:
            row = connection.execute(query.encode()).fetchone()
            return row[0] if row else None

        score.lost_rows += abs(rows - value("SELECT count(*) FROM users WHERE name IS NOT NULL"))
        if value("SELECT version_num FROM alembic_version") != "r2_contract":
            score.complaints.append("the version row is behind")
        batches = value("SELECT batches FROM safemigrate.backfill WHERE revision = 'r2_migrate'")
        # one batch more, where a writer's rows moved the last key
        score.repeated_batches += max(0, batches - -(-rows // BATCH_ROWS) - 1)


if __name__ == "__main__":
    sys.exit(main())
