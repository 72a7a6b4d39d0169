"""The parent of the process that runs revisions: asks it, watches its time, and starts it anew where it broke."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safemigrate.errors import ReaderStopped, UnknownRevision
from safemigrate.history.configuration import Configuration
from safemigrate.history.dependencies import Dependency, Kind
from safemigrate.history.dump import Dump
from safemigrate.history.history import History
from safemigrate.history.source import Source
from safemigrate.history.statement import Direction, Doubt, Obstacle, Reading, Revision, Statement

#: a pass of one direction of one revision
PASS_LIMIT_S = 5.0
#: both passes of both directions and the import, before the process itself is taken to hang
_SILENCE_LIMIT_S = 5 * PASS_LIMIT_S + 5.0

_Record = Mapping[str, Any]


def read_revisions(
    history: History,
    ids: Collection[str] | None = None,
    *,
    timeout_s: float = 60.0,
    downgrades: Collection[str] | None = None,
    dump: Dump | None = None,
) -> Mapping[str, Reading]:
    """The statements of the revisions *ids* (None: of all), read in a process of its own that has no database.

    *downgrades* are those whose downgrade() is read, too (None: all of them).
    A revision that looks at the live schema is shown what the revisions before it made, on top of *dump*.
    A revision that cannot be read in full has an Obstacle; so have those that *timeout_s* left no time for.

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
    records, depends = {}, {}
    seen: dict[Dependency, None] = {}
    for record in _records(request, timeout_s):
        news = [Dependency(Kind(kind), path, found) for kind, path, found in record.get("seen", ())]
        seen |= dict.fromkeys(news)
        records[record["id"]] = record
        # whoever was read before may have imported what this one uses
        depends[record["id"]] = (*seen, *(Dependency(Kind(kind)) for kind in record.get("own", ())))
    return {revision.id: _reading(revision, records[revision.id], depends[revision.id]) for revision in wanted}


def declared_values(configuration: Configuration, paths: Sequence[Path]) -> Mapping[Path, Mapping[str, object]]:
    """What the modules at *paths* say of themselves once they are imported; nothing for those that raise."""
    request = _request(configuration, "declare", [str(path) for path in paths], downgrades=())
    request["history"] = [{"id": str(path), "path": str(path), "parents": []} for path in paths]
    return {Path(each["id"]): each["declared"] for each in _records(request, 60.0) if each.get("declared")}


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
        "downgrades": list(downgrades),
        "limit_s": PASS_LIMIT_S,
        "broken": [],
        "revisions": list(ids),
    }


def _records(request: dict[str, Any], timeout_s: float) -> Iterator[_Record]:
    """One record a revision of the request; a process that breaks is started again behind the one it broke at."""
    deadline = time.monotonic() + timeout_s
    paths = {each["id"]: Path(each["path"]) for each in request["history"]}
    left = dict.fromkeys(request["revisions"])
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="safemigrate-") as folder:
        while left and time.monotonic() < deadline:
            asked = {**request, "folder": folder, "revisions": list(left), "broken": broken}
            begun = ""
            with _Child(asked, Path(folder)) as child:
                for record in child.lines(deadline):
                    begun = record.get("begin", "")
                    if not begun:
                        del left[record["id"]]
                        yield record
            if left and time.monotonic() < deadline:
                if not begun:
                    raise ReaderStopped(child.complaint())
                broken.append(begun)
                if begun in left:
                    del left[begun]
                    yield _unread(begun, paths[begun], f"the reading process {child.end()} while it ran")
    for id in left:
        yield _unread(id, paths[id], f"no time was left to read it: reading took longer than {timeout_s:g} s")


def _unread(id: str, path: Path, reason: str) -> _Record:
    line = Source(path).function_line("upgrade")
    return {"id": id, "upgrade": {"statements": [], "hindrances": [[line, reason]]}}


@dataclass
class _Child:
    """One reading process. It sees no environment but a path, a language and a home that will be deleted."""

    request: Mapping[str, Any]
    folder: Path

    def __enter__(self) -> _Child:
        self._complaints = (self.folder / "stderr").open("w+b")
        self._silent = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "safemigrate.history.start"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            # as under Alembic, a revision may read a file that it names from there; writing is refused
            cwd=self.request["root"],
            env=_environment(self.folder),
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()
        self._process.wait()

    def lines(self, deadline: float) -> Iterator[_Record]:
        """The records of the process until it ends, falls silent or runs out of time."""
        self._ask()
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

    def end(self) -> str:
        """How the process ended."""
        if self._silent:
            return "did not answer in time"
        code = self._process.returncode
        return f"was ended by signal {-code}" if code < 0 else f"ended with {code}"

    def complaint(self) -> str:
        """The last line that the process wrote to its error stream."""
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else self.end()

    def _ask(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(self.request).encode())
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
        for sql, line, column, transaction, parameters, doubts, stand_ins, sent in part["statements"]:
            statements.append(
                Statement(
                    sql,
                    revision.id,
                    revision.path,
                    line,
                    column=column,
                    direction=direction,
                    transaction=transaction,
                    parameters=parameters,
                    certain=not doubts,
                    doubts=frozenset(map(Doubt, doubts)),
                    stand_ins=tuple(stand_ins),
                    sent=sent,
                )
            )
    return Reading(revision, tuple(statements), tuple(obstacles), depends)
