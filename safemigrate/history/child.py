"""The process that runs revisions: a request on its standard input, one JSON line a revision on its output.

What a revision prints goes nowhere, what it may do is limited by the guard, and the parent may end the process
at any time: each line is complete in itself.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO

from alembic.config import Config

from safemigrate.history import imports
from safemigrate.history.capture import Capture, Captured
from safemigrate.history.declaration import ATTRIBUTES
from safemigrate.history.dependencies import Kind
from safemigrate.history.driver import Reflection
from safemigrate.history.dump import dumped_schema
from safemigrate.history.guard import Guard
from safemigrate.history.hindrance import NeedsAncestors
from safemigrate.history.naming import Naming
from safemigrate.history.order import keep_order
from safemigrate.history.recording import Recording
from safemigrate.history.replay import Known, Replay, Sent, fold
from safemigrate.history.source import Source, source_of
from safemigrate.history.statement import Direction
from safemigrate.history.trail import Trail, is_fickle
from safemigrate.history.version_table import share_version_table

if TYPE_CHECKING:
    from safemigrate.history.transactions import Transactions


def main() -> None:
    """Answer one request."""
    output = _own_output()
    request = json.load(sys.stdin)
    _leave_standard_streams()
    # as under Alembic, a revision may read a file that it names from there; writing is refused
    os.chdir(request["root"])
    warnings.simplefilter("ignore")
    sys.path[:0] = [path for path in request["sys_path"] if path not in sys.path]
    reading = _Reading(request, output)
    Guard(Path(request["folder"]), reading.capture.refused).arm()
    imports.install(reading.capture.stand_ins)
    reading.trail.follow()
    keep_order()
    share_version_table()
    gc.freeze()
    # metadata of SQLAlchemy is full of circles, and the process is short-lived
    gc.set_threshold(50_000)
    gc.enable()
    reading.answer()


def _own_output() -> TextIO:
    """The parent's pipe under another number, so that nothing else writes to it."""
    return os.fdopen(os.dup(1), "w", encoding="utf-8")


def _leave_standard_streams() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)


class _Reading:
    """One request in the course of being answered."""

    def __init__(self, request: Mapping[str, Any], output: TextIO) -> None:
        self._request = request
        self._output = output
        self._known = {each["id"]: each for each in request["history"]}
        baseline = request.get("baseline")
        self._replay = Replay(
            {id: each["parents"] for id, each in self._known.items()},
            baseline=(lambda: dumped_schema(baseline)) if baseline else None,
            dumped=frozenset(request.get("dumped", ())),
        )
        for id in request["broken"]:
            self._replay.sent(id, (), whole=False)
        self._downgrades = frozenset(request["downgrades"])
        self._current = ("", Direction.UPGRADE)
        self._needs_ancestors = False
        #: what the revisions looked at, and whether the running one looked at the schema
        self.trail = Trail(Path(request["folder"]))
        self._looked = False
        #: the last recording that looked at the schema
        self._seen: _Seen | None = None
        config = Config(request["ini"], toml_file=request["toml"], ini_section=request["section"])
        self.capture = Capture(
            config,
            Path(request["script_location"]),
            catalogue=self._catalogue,
            folders=tuple(request["folders"]),
            limit_s=request["limit_s"],
            naming=Naming(request["convention"], request["unread"]),
        )

    def answer(self) -> None:
        """Tell what every revision of the request gave."""
        for id in self._request["revisions"]:
            self._tell({"begin": id})
            self._looked = False
            record = self._revision(id)
            if self._needs_ancestors:
                self._read_ancestors(id)
                self._tell({"begin": id})
                record = self._revision(id)
            fickle = is_fickle(source_of(self._known[id]["path"]).text)
            own = [kind for kind, counts in ((Kind.HISTORY, self._looked), (Kind.DAY, fickle)) if counts]
            self._tell({"id": id, **record, "own": own, "seen": self.trail.news()})

    def _tell(self, record: Mapping[str, Any]) -> None:
        self._output.write(json.dumps(record) + "\n")
        # a process that is ended from outside has told all that it had read
        self._output.flush()

    def _read_ancestors(self, id: str) -> None:
        for ancestor in self._replay.open_before(id):
            self._tell({"begin": ancestor})
            self._revision(ancestor)
        self._needs_ancestors = False

    def _revision(self, id: str) -> Mapping[str, Any]:
        """What reading one revision gave, ready to be told."""
        source = source_of(self._known[id]["path"])
        self.trail.current = source.filename
        module = self.capture.module(source)
        if isinstance(module, Captured):
            self._replay.sent(id, (), whole=False)
            return {"upgrade": _told(module)}
        if self._request["purpose"] == "declare":
            return {"declared": _declared(module)}
        try:
            return {each.value: _told(self._direction(id, source, module, each)) for each in self._directions(id)}
        except NeedsAncestors:
            return {}

    def _directions(self, id: str) -> tuple[Direction, ...]:
        return tuple(Direction) if id in self._downgrades else (Direction.UPGRADE,)

    def _direction(self, id: str, source: Source, module: ModuleType, direction: Direction) -> Captured:
        self._current = (id, direction)
        captured = self.capture.direction(source, module, direction)
        if direction is Direction.UPGRADE:
            sent = [Sent.of(recorded, number) for recorded, number in captured.statements]
            self._replay.sent(id, sent, whole=not captured.hindrances)
        return captured

    def _catalogue(self, recording: Recording, doubted: Callable[[], None]) -> Reflection:
        """The live schema where the running revision stands."""
        self._looked = True
        id, direction = self._current
        if self._replay.open_before(id):
            # remembered as well, for a revision may swallow anything that is raised
            self._needs_ancestors = True
            raise NeedsAncestors
        # the values of a schema are a large import, and few revisions look at it
        from safemigrate.history.reflection import ReplayedReflection
        from safemigrate.history.transactions import Transactions

        if self._seen is None or self._seen.recording is not recording:
            start = self._replay.before(id) if direction is Direction.UPGRADE else self._replay.after(id)
            self._seen = _Seen(recording, start, Transactions(start.schema, start.schema.search_path))
        self._seen.catch_up()
        return ReplayedReflection(self._seen.known, doubted)


@dataclass(slots=True)
class _Seen:
    """A recording that was looked at: the schema once *count* of its statements have run."""

    recording: Recording
    known: Known
    transactions: Transactions
    count: int = 0

    def catch_up(self) -> None:
        open_ones = self.recording.statements[self.count :]
        sent = [Sent.of(recorded, recorded.transaction) for recorded in open_ones]
        self.known = fold(self.known, sent, self.transactions)
        self.count += len(open_ones)


def _declared(module: Any) -> Mapping[str, Any]:
    found = {name: getattr(module, name) for name in ATTRIBUTES if hasattr(module, name)}
    return {name: sorted(value) if isinstance(value, set | frozenset) else value for name, value in found.items()}


def _told(captured: Captured) -> Mapping[str, Any]:
    return {
        "statements": [
            [
                recorded.sql,
                recorded.line,
                recorded.column,
                number,
                recorded.parameters,
                sorted(recorded.doubts),
                list(recorded.stand_ins),
                recorded.sent,
            ]
            for recorded, number in captured.statements
        ],
        "hindrances": [dataclasses.astuple(each) for each in captured.hindrances],
    }
