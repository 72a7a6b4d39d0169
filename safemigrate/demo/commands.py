"""A program of the project in a process of its own, which never outlives the demo."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safemigrate.demo import leash

PATIENCE_S = 10.0

#: the functions behind the commands that a person would type
ENTRY_POINTS = {"alembic": "alembic.config:main", "safemigrate": "safemigrate.cli:main"}


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended. *command* is what a person would type; *output* both streams, as they came."""

    command: str
    exit_code: int
    seconds: float
    output: str


def start(
    target: str, *arguments: str, folder: Path, environment: Mapping[str, str], output: Path
) -> subprocess.Popen[bytes]:
    """*target*, a script or `module:function`, on its leash; both streams are appended to the file *output*."""
    with output.open("ab") as file:
        return subprocess.Popen(
            # -P: this folder is not to be searched for modules
            [sys.executable, "-P", leash.__file__, target, *arguments],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is for us to handle
            bufsize=0,
        )


def stop(processes: Sequence[subprocess.Popen[bytes]], patience_s: float = PATIENCE_S) -> None:
    """Asks *processes* to end, all at once, and ends those that do not within *patience_s*."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + patience_s
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for process in processes:
        if process.stdin is not None:
            process.stdin.close()


class Running:
    """A command on its way: `words` is what a person would type."""

    def __init__(self, words: Sequence[str], *, folder: Path, environment: Mapping[str, str], output: Path) -> None:
        self.command = " ".join(words)
        self._output = output
        self._written_before = output.stat().st_size if output.exists() else 0
        self._began = time.monotonic()
        name, *arguments = words
        target = ENTRY_POINTS.get(name, name)
        self.process = start(target, *arguments, folder=folder, environment=environment, output=output)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def done(self) -> Done:
        """How it ended; waits for that."""
        try:
            exit_code = self.process.wait()
        finally:
            stop([self.process])
        seconds = time.monotonic() - self._began
        written = self._output.read_bytes()[self._written_before :]
        return Done(self.command, exit_code, seconds, written.decode("utf-8", "replace"))
