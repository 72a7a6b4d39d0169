"""The processes that serve traffic, each of the version it was last started with."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from safemigrate.demo import commands
from safemigrate.demo.shop import OLD, Shop
from safemigrate.errors import DatabaseError

#: what one process sends at most; a machine that is busy measures itself
OPERATIONS_A_SECOND = 40
START_S = 60.0
FOREVER_S = 86_400


@dataclass(slots=True)
class Member:
    """One place in the fleet, its version and the process that fills it."""

    number: int
    version: str
    process: subprocess.Popen[bytes]
    log: Path


class Fleet:
    """Processes of the shop on one database; each writes the customers that are its own, in either version."""

    def __init__(self, shop: Shop, database_url: str, folder: Path, size: int) -> None:
        self._shop = shop
        self._database_url = database_url
        self._folder = folder
        self._died = 0
        self.size = size
        self.members: list[Member] = []

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        commands.stop([member.process for member in self.members])

    def start(self) -> None:
        """Starts all of them in the old version and returns once each is at work."""
        for number in range(self.size):
            self.members.append(self._started(number, OLD))
        self._await(self.members)

    def restart(self, numbers: Sequence[int], version: str) -> None:
        """Stops the members *numbers* and starts them in *version*; returns once each is at work."""
        leaving = [self.members[number] for number in numbers]
        self._count_dead(leaving)
        commands.stop([member.process for member in leaving])
        for number in numbers:
            self.members[number] = self._started(number, version)
        self._await([self.members[number] for number in numbers])

    def stop(self) -> None:
        """Stops all of them, each behind its last operation."""
        self._count_dead(self.members)
        commands.stop([member.process for member in self.members])

    @property
    def died(self) -> int:
        """How many processes ended before they were asked to."""
        return self._died

    def count(self, version: str) -> int:
        return sum(member.version == version for member in self.members)

    def _count_dead(self, members: Sequence[Member]) -> None:
        self._died += sum(member.process.poll() is not None for member in members)

    def _started(self, number: int, version: str) -> Member:
        log = self._folder / f"process-{number}-{version}.jsonl"
        arguments = {
            "--seconds": FOREVER_S,
            "--rate": OPERATIONS_A_SECOND,
            "--owns": f"{number}/{self.size}",
            "--seed": number,
            "--log": log,
        }
        process = commands.start(
            "fleet/traffic.py",
            *(str(word) for pair in arguments.items() for word in pair),
            folder=self._shop.folder,
            environment=self._shop.environment(self._database_url, version),
            output=self._folder / "fleet.txt",
        )
        return Member(number, version, process, log)

    def _await(self, members: Sequence[Member]) -> None:
        deadline = time.monotonic() + START_S
        for member in members:
            while not (member.log.exists() and member.log.stat().st_size):
                if member.process.poll() is not None or time.monotonic() > deadline:
                    said = (self._folder / "fleet.txt").read_text("utf-8", "replace")[-2000:].strip()
                    raise DatabaseError(
                        f"a process of {member.version} served nothing. Its last words:\n{said}",
                        where=str(self._shop.folder),
                    )
                time.sleep(0.02)
