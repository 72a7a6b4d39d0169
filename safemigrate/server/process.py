"""Starts one postmaster in a folder of its own, waits until it answers, and stops it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from safemigrate.errors import ServerDidNotStart, ServerError
from safemigrate.server import binaries, cache, cluster, guard
from safemigrate.server.account import Programs

PREFIX = "safemigrate-run-"
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY_BYTES = 300_000_000
# sun_path holds 107 bytes on Linux and 103 on macOS, and the lock file's name is longer than the socket's
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.65535.lock")
START_SECONDS = 60
ABANDONED_SECONDS = 60
LOG_LINES = 20
LOG_BYTES = 20_000


class Postmaster:
    """A running postmaster. Everything it writes lies in *folder*, which is removed with it."""

    def __init__(self, programs: Programs, settings: Mapping[str, str]) -> None:
        """Starts it and returns once it answers.

        Raises:
            ServerDidNotStart: with the last lines of its log.
            LibraryMissing: a program needs a library that the system lacks.
        """
        self._starter = os.getpid()
        self._last_words = ""
        self.folder = _new_folder(programs)
        # kept open: when postgres gives up, the guard removes the folder before we read why
        self._log = (self.folder / "log").open("w+b")
        self.socket_directory = _socket_directory(self.folder, programs)
        self._guard = self._start_guard(programs)
        try:
            cluster.create(programs, self._data)
            _configure(self._data, {**settings, "unix_socket_directories": str(self.socket_directory)})
            self._go(programs)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the postmaster and removes its folder; a second call does nothing, nor one in a forked child."""
        if os.getpid() != self._starter or self._guard.stdin is None or self._guard.stdin.closed:
            return
        self._guard.stdin.close()
        # a forked child may still hold the pipe open
        self._guard.terminate()
        self._guard.wait()
        self._last_words = self.log_tail()
        self._log.close()
        # no more than a check, unless the guard was killed
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.socket_directory, ignore_errors=True)

    def log_tail(self) -> str:
        """The last lines of the server's log, after the stop as well."""
        if self._log.closed:
            return self._last_words
        # the offset is shared with the server's descriptor, which must not move
        log = self._log.fileno()
        size = os.fstat(log).st_size
        text = os.pread(log, LOG_BYTES, max(0, size - LOG_BYTES)).decode(errors="replace")
        return "\n".join(text.splitlines()[-LOG_LINES:])

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _start_guard(self, programs: Programs) -> subprocess.Popen[bytes]:
        """Starts the guard before there is anything to guard: it loads while we prepare the data directory."""
        lock = _lock(self.folder)
        task: guard.Task = {
            "command": programs.command("postgres", "-D", str(self._data)),
            "uid": programs.account.uid,
            "gid": programs.account.gid,
            "groups": programs.account.groups,
            "descriptors": [lock],
            "folders": [str(self.folder), str(self.socket_directory)],
        }
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, json.dumps(task)],
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[lock],
                cwd="/",
                env=binaries.environment(),
                start_new_session=True,  # a Ctrl-C in the terminal is for us to handle
                bufsize=0,  # nothing is left to flush when the guard ended early
            )
        finally:
            os.close(lock)

    def _go(self, programs: Programs) -> None:
        assert self._guard.stdin is not None
        try:
            self._guard.stdin.write(b"go\n")
        except BrokenPipeError:
            # the guard ended early; its log says why
            self._guard.wait()
        deadline = time.monotonic() + START_SECONDS
        while not _ready(self._data):
            if self._guard.poll() is not None or time.monotonic() > deadline:
                program = str(programs.bin / "postgres")
                binaries.raise_for_library(program, self.log_tail())
                raise ServerDidNotStart(program, self.log_tail())
            time.sleep(0.001)


def _ready(data: Path) -> bool:
    """Whether the postmaster takes connections: it says so in line 8 of its pid file (since 10)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].startswith("ready")


def _configure(data: Path, settings: Mapping[str, str]) -> None:
    """Appends *settings*; the last line that names a setting counts."""
    with (data / "postgresql.conf").open("a") as file:
        for name, value in settings.items():
            quoted = value.replace("\\", "\\\\").replace("'", "''")
            file.write(f"{name} = '{quoted}'\n")


def _new_folder(programs: Programs) -> Path:
    """A new folder of the account's own: in memory where there is enough, else in a temporary folder."""
    for parent in _parents():
        if os.geteuid() == 0 and not cache.open_to_others(parent):
            continue
        _sweep(parent)
        try:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except OSError:
            continue
        programs.give(folder)
        return folder
    raise ServerError("no temporary folder can be written.", remedy="Set TMPDIR to a folder of yours.")


def _parents() -> Iterator[Path]:
    if MEMORY.is_dir():
        space = os.statvfs(MEMORY)
        if space.f_bavail * space.f_frsize > ENOUGH_MEMORY_BYTES:
            yield MEMORY
    yield Path(tempfile.gettempdir())
    yield Path("/tmp")


def _socket_directory(folder: Path, programs: Programs) -> Path:
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    short = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    programs.give(short)
    return short


def _lock(folder: Path) -> int:
    """A descriptor that holds the folder's lock until guard and postmaster have both ended."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _sweep(parent: Path) -> None:
    """Removes folders of ours whose guard and postmaster were both killed: nobody holds their lock."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            status = os.fstat(descriptor)
            # one that is being made has no lock for a moment
            old = time.time() - status.st_mtime > ABANDONED_SECONDS
            if old and status.st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)
