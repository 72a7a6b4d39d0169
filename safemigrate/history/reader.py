"""The parent of the process that runs revisions: asks it, watches its time, and starts it anew where it broke."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from safemigrate.errors import ReaderStopped, UnknownRevision
from safemigrate.history.configuration import Configuration
from safemigrate.history.dependencies import Dependency, Kind
from safemigrate.history.dump import Dump
from safemigrate.history.history import History
from safemigrate.history.source import Source
from safemigrate.history.statement import Direction, Obstacle, Reading, Revision, Statement, recorded

#: a pass of one direction of one revision
PASS_LIMIT_S = 5.0
#: both passes of both directions and the import, before the process itself is taken to hang
_SILENCE_LIMIT_S = 5 * PASS_LIMIT_S + 5.0

_Record = Mapping[str, Any]


class Standby:
    """A reading process that starts before anybody knows what to read: its imports are most of a short run.

    As a context it ends the process that nobody used.
    """

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._begun = False

    def begin(self) -> None:
        """Start the process, unless that was done already."""
        if not self._begun:
            self._begun = True
            self._child = _Child()

    def child(self) -> _Child:
        """The process that was started, for the first who asks; another for those behind him."""
        child, self._child = self._child, None
        return child or _Child()

    def __enter__(self) -> Standby:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.close()


def read_revisions(
    history: History,
    ids: Collection[str] | None = None,
    *,
    timeout_s: float = 60.0,
    downgrades: Collection[str] | None = None,
    dump: Dump | None = None,
    standby: Standby | None = None,
    arrived: Callable[[Reading], None] | None = None,
) -> Mapping[str, Reading]:
    """The statements of the revisions *ids* (None: of all), read in a process of its own that has no database.

    *downgrades* are those whose downgrade() is read, too (None: all of them).
    A revision that looks at the live schema is shown what the revisions before it made, on top of *dump*.
    A revision that cannot be read in full has an Obstacle; so have those that *timeout_s* left no time for.
    *arrived* is called with each reading while the process is busy with those behind it.

    Raises:
        UnknownRevision: an id that the history does not hold.
        ReaderStopped: the process could not start at all.
    """
    for id in ids or ():
        if id not in history.by_id:
            raise UnknownRevision(id, reason=f"no revision of {history.script_location} is called so")
    wanted = [revision for revision in history.revisions if ids is None or revision.id in ids]
    if not wanted:
        return {}
    configuration = history.configuration or _bare(history)
    both = frozenset(history.by_id) if downgrades is None else frozenset(downgrades)
    asked = [revision.id for revision in wanted]
    request = _request(configuration, "read", asked, downgrades=[id for id in asked if id in both])
    request["history"] = [
        {"id": revision.id, "path": str(revision.path), "parents": list(history.parents(revision.id))}
        for revision in history.revisions
    ]
    if dump is not None:
        request |= {"baseline": dump.sql, "dumped": sorted(dump.revisions)}
    readings: dict[str, Reading] = {}
    for record, depends in _with_dependencies(_records(request, timeout_s, standby or Standby())):
        id = record["id"]
        readings[id] = _reading(history.by_id[id], record, depends)
        if arrived is not None:
            arrived(readings[id])
    return {revision.id: readings[revision.id] for revision in wanted}


class Declared(NamedTuple):
    """What a module says of itself once it is imported, and what that depends on beside its text."""

    values: Mapping[str, object]
    depends: tuple[Dependency, ...]


def declared_values(configuration: Configuration, paths: Sequence[Path]) -> Mapping[Path, Declared]:
    """What the modules at *paths* say of themselves once they are imported; nothing for those that raise."""
    request = _request(configuration, "declare", [str(path) for path in paths], downgrades=())
    request["history"] = [{"id": str(path), "path": str(path), "parents": []} for path in paths]
    told = _with_dependencies(_records(request, 60.0, Standby()))
    return {Path(each["id"]): Declared(each["declared"], depends) for each, depends in told if each.get("declared")}


def _with_dependencies(records: Iterable[_Record]) -> Iterator[tuple[_Record, tuple[Dependency, ...]]]:
    """Each record with all that it depends on: whoever was read before may have imported what it uses."""
    seen: dict[Dependency, None] = {}
    for record in records:
        seen |= dict.fromkeys(Dependency(Kind(kind), path, was) for kind, path, was in record.get("seen", ()))
        yield record, (*seen, *(Dependency(Kind(kind)) for kind in record.get("own", ())))


def _bare(history: History) -> Configuration:
    folders = tuple(dict.fromkeys(revision.path.parent for revision in history.revisions))
    return Configuration(history.root, history.script_location, folders, sys_path=(history.root,))


def _request(
    configuration: Configuration, purpose: str, ids: Sequence[str], *, downgrades: Sequence[str]
) -> dict[str, Any]:
    folders = {configuration.script_location, *configuration.version_locations}
    folders |= {folder.resolve() for folder in folders}
    return {
        "purpose": purpose,
        "root": str(configuration.root),
        "ini": str(configuration.ini.absolute()) if configuration.ini else None,
        "toml": str(configuration.toml.absolute()) if configuration.toml else None,
        "section": configuration.section,
        "script_location": str(configuration.script_location),
        "folders": sorted(f"{folder}{os.sep}" for folder in folders),
        "sys_path": [str(path) for path in configuration.sys_path],
        "convention": dict(configuration.naming.convention),
        "unread": configuration.naming.unread,
        "downgrades": list(downgrades),
        "limit_s": PASS_LIMIT_S,
        "broken": [],
        "revisions": list(ids),
    }


def _records(request: dict[str, Any], timeout_s: float, standby: Standby) -> Iterator[_Record]:
    """One record a revision of the request; a process that breaks is started again behind the one it broke at."""
    deadline = time.monotonic() + timeout_s
    paths = {each["id"]: Path(each["path"]) for each in request["history"]}
    left = dict.fromkeys(request["revisions"])
    broken: list[str] = []
    while left and time.monotonic() < deadline:
        begun = ""
        with standby.child() as child:
            for record in child.answers({**request, "revisions": list(left), "broken": broken}, deadline):
                begun = record.get("begin", "")
                if not begun:
                    del left[record["id"]]
                    yield record
            child.end()
            if left and time.monotonic() < deadline:
                if not begun:
                    raise ReaderStopped(child.complaint())
                broken.append(begun)
                if begun in left:
                    del left[begun]
                    yield _unread(begun, paths[begun], f"the reading process {child.how_it_ended()} while it ran")
    for id in left:
        yield _unread(id, paths[id], f"no time was left to read it: reading took longer than {timeout_s:g} s")


def _unread(id: str, path: Path, reason: str) -> _Record:
    line = Source(path).function_line("upgrade")
    return {"id": id, "upgrade": {"statements": [], "hindrances": [[line, reason]]}}


class _Child:
    """One reading process. It sees no environment but a path, a language and a home that will be deleted."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="safemigrate-")
        self._complaints = Path(self._home.name, "stderr")
        self._silent = False
        with self._complaints.open("wb") as complaints:
            self._process = self._started(_environment(Path(self._home.name)), complaints)

    def _started(self, environment: dict[str, str], complaints: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "safemigrate.history.start"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
            start_new_session=True,
        )

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and take away what it left."""
        self.end()
        self._home.cleanup()

    def end(self) -> None:
        """End the process, if it has not ended by itself."""
        if self._process.poll() is None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()
        self._process.wait()

    def answers(self, request: Mapping[str, Any], deadline: float) -> Iterator[_Record]:
        """What the process says to *request*, until it ends, falls silent or runs out of time."""
        self._ask({**request, "folder": self._home.name})
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        buffer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while selector.select(min(_SILENCE_LIMIT_S, deadline - time.monotonic())):
                chunk = os.read(pipe, 1 << 16)
                if not chunk:
                    return
                *complete, buffer = (buffer + chunk).split(b"\n")
                yield from map(json.loads, complete)
        self._silent = True

    def how_it_ended(self) -> str:
        """How the process ended."""
        if self._silent:
            return "did not answer in time"
        code = self._process.returncode
        return f"was ended by signal {-code}" if code < 0 else f"ended with {code}"

    def complaint(self) -> str:
        """The last line that the process wrote to its error stream."""
        lines = self._complaints.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else self.how_it_ended()

    def _ask(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode())
            self._process.stdin.close()
        except BrokenPipeError:
            # it ended already; its error stream says why
            self._process.wait()


def _environment(folder: Path) -> dict[str, str]:
    path = os.pathsep.join(path for path in sys.path if path)
    return {
        # the same from wherever it is called: nothing that a revision starts would run
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": path,
        "PYTHONSAFEPATH": "1",
        # sets of constraints come in one order, run after run
        "PYTHONHASHSEED": "0",
    }


def _reading(revision: Revision, record: _Record, depends: tuple[Dependency, ...]) -> Reading:
    statements: list[Statement] = []
    obstacles: list[Obstacle] = []
    for direction in Direction:
        part = record.get(direction.value, {"statements": (), "hindrances": ()})
        obstacles += [Obstacle(line, reason, direction) for line, reason in part["hindrances"]]
        statements += [recorded(each, revision, direction) for each in part["statements"]]
    return Reading(revision, tuple(statements), tuple(obstacles), depends)
