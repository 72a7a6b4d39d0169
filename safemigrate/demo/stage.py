"""One run in one hand: its database, its fleet, its watch, and the story of its steps."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

import psycopg

from safemigrate.demo import commands, log
from safemigrate.demo.commands import Done, Running
from safemigrate.demo.fleet import Fleet
from safemigrate.demo.ledger import audit, read_books
from safemigrate.demo.reader import Reader
from safemigrate.demo.result import Run, Sampling
from safemigrate.demo.shop import NEW, OLD, Shop
from safemigrate.demo.watch import READER, Watch
from safemigrate.server import Server

TICK_S = 0.02
FIGURES_S = 0.2

#: how long the report thinks once a migration waits for it, and at most if none ever does
READER_THINKS_S = 3.0
READER_AT_MOST_S = 60.0


@dataclass(frozen=True, slots=True)
class Tally:
    """What the fleet did during a step."""

    operations: int
    failed: int
    longest_ms: float


@dataclass(slots=True)
class Step:
    """A step that has ended. *tally* is None where no traffic was on; *note* is what there is to say."""

    what: str
    seconds: float = 0.0
    tally: Tally | None = None
    note: str = ""
    good: bool = True


class Narrator(Protocol):
    """Who tells what happens while it happens."""

    def release(self, titles: Sequence[str]) -> None: ...

    def chapter(self, title: str) -> None: ...

    def begin(self, what: str) -> None: ...

    def figures(self, tally: Tally) -> None: ...

    def end(self, step: Step) -> None: ...

    def result(self, run: Run) -> None: ...


@contextmanager
def telling(narrator: Narrator, what: str) -> Iterator[Step]:
    """A step without traffic."""
    step, began = Step(what), time.monotonic()
    narrator.begin(what)
    yield step
    step.seconds = time.monotonic() - began
    narrator.end(step)


class Stage:
    """A run under way, on a database of its own; a context that ends all it has started."""

    def __init__(
        self,
        shop: Shop,
        server: Server,
        database: str,
        folder: Path,
        *,
        processes: int,
        wave_seconds: float,
        narrator: Narrator,
    ) -> None:
        database_url = server.database_url(database)
        folder.mkdir(parents=True)
        self.shop = shop
        self.processes = processes
        self.unexpected: list[str] = []
        self._database_url = database_url
        self._folder = folder
        self._wave_seconds = wave_seconds
        self._narrator = narrator
        self._log = log.Log(folder)
        self._before = read_books(database_url)
        self._watch = Watch(server.url, database)
        self.fleet = Fleet(shop, database_url, folder, processes)
        self._reader: Reader | None = None
        self._reader_ends = 0.0
        self._began = self._told = time.monotonic()
        self._mark = 0

    def __enter__(self) -> Stage:
        with ExitStack() as stack:
            stack.enter_context(self._watch)
            stack.enter_context(self.fleet)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # -- steps --------------------------------------------------------------------------------------------------

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        """A step under traffic: what the fleet does meanwhile is told with it."""
        self._log.read()
        self._mark = len(self._log.operations)
        step, began = Step(what), time.monotonic()
        self._narrator.begin(what)
        yield step
        self._log.read()
        step.seconds = time.monotonic() - began
        step.tally = self._tally()
        self._narrator.end(step)

    def at_work(self) -> None:
        """Starts the fleet in the old version and lets it warm up."""
        with self.step(f"{self.processes} processes of version 1"):
            self.fleet.start()
            self._work()

    def leaving(self, percent: int) -> list[int]:
        """Who is restarted so that *percent* of the fleet are of the new version."""
        target = math.ceil(self.processes * percent / 100)
        old = [member.number for member in self.fleet.members if member.version == OLD]
        return old[: max(0, target - self.fleet.count(NEW))]

    def wave(self, percent: int) -> None:
        """Brings *percent* of the fleet to the new version, and lets both work."""
        numbers = self.leaving(percent)
        if not numbers:
            return
        new = self.fleet.count(NEW) + len(numbers)
        with self.step(f"{new} of {self.processes} restarted as version 2"):
            self.fleet.restart(numbers, NEW)
            self._work()

    def command(self, *words: str) -> Done:
        """Runs what a person would type, under traffic."""
        running = Running(
            words,
            folder=self.shop.folder,
            environment=self.shop.environment(self._database_url, NEW),
            output=self._folder / "commands.txt",
        )
        try:
            while not running.ended:
                self._tick()
        except BaseException:
            commands.stop([running.process])
            raise
        return running.done()

    def migration(self, *words: str) -> Done:
        """Runs a migration while a report has the tables open, and goes on thinking once it is waited for."""
        self._watch.migration_waited_since = None
        version = OLD if self.fleet.count(OLD) else NEW
        name = f"{READER}{version.lstrip('v')}/{self.shop.revision(version)}"
        with Reader(self._database_url, name=name) as reader:
            self._reader, self._reader_ends = reader, time.monotonic() + READER_AT_MOST_S
            try:
                return self.command(*words)
            finally:
                self._reader = None

    def revision(self) -> str:
        """The revision that the database is at."""
        with psycopg.connect(self._database_url) as connection:
            (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return str(found[0])

    def must(self, done: Done, *exit_codes: int) -> bool:
        """Whether *done* ended with one of *exit_codes*; if not, the run is not what it had to be."""
        if done.exit_code in exit_codes:
            return True
        self.unexpected.append(f"{done.command} ended with exit code {done.exit_code}: {reason(done.output)}")
        return False

    def result(self, title: str) -> Run:
        """Stops the fleet and says what the run measured."""
        self.fleet.stop()
        seconds = time.monotonic() - self._began
        self._watch.stop()
        self._log.read()
        audited = audit(self._before, self._log.facts, read_books(self._database_url))
        kinds = log.kinds(op for op in self._log.operations if op.failure and not op.failure.wrong)
        waits = self._watch.waits
        return Run(
            title=title,
            operations=len(self._log.operations),
            failures=kinds,
            wrong_answers=sum(1 for op in self._log.operations if op.failure and op.failure.wrong),
            lost=audited.lost,
            wrong=audited.wrong,
            longest_wait_ms=waits.longest_ms,
            longest_operation_ms=log.longest_ms(self._log.operations),
            seconds=seconds,
            sampling=Sampling(waits.samples, waits.longest_gap_ms),
            died=self.fleet.died,
            unexpected=tuple(self.unexpected),
        )

    # -- time ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Lets the fleet work for a wave's time."""
        end = time.monotonic() + self._wave_seconds
        while time.monotonic() < end:
            self._tick()

    def _tick(self) -> None:
        time.sleep(TICK_S)
        now = time.monotonic()
        self._end_report(now)
        if now - self._told > FIGURES_S:
            self._told = now
            self._log.read()
            self._narrator.figures(self._tally())

    def _end_report(self, now: float) -> None:
        if self._reader is None:
            return
        waited_since = self._watch.migration_waited_since
        if now > self._reader_ends or (waited_since and now > waited_since + READER_THINKS_S):
            self._reader.close()
            self._reader = None

    def _tally(self) -> Tally:
        done = self._log.operations[self._mark :]
        return Tally(len(done), sum(op.failure is not None for op in done), log.longest_ms(done))


def reason(output: str) -> str:
    """Why a command failed, as it said itself: PostgreSQL's words, the error, or the last line."""
    lines = output.strip().splitlines()
    for beginning, end in (("sqlalchemy.exc.", ") "), ("error: ", "error: ")):
        for each in lines:
            if each.startswith(beginning):
                return each.partition(end)[2].rstrip(".")
    return lines[-1].rstrip(".") if lines else "it said nothing"
