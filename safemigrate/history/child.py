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
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO

from alembic.config import Config

from safemigrate.history import imports
from safemigrate.history.capture import Capture, Captured
from safemigrate.history.declaration import ATTRIBUTES
from safemigrate.history.driver import Reflection
from safemigrate.history.guard import Guard
from safemigrate.history.hindrance import NeedsAncestors
from safemigrate.history.order import keep_order
from safemigrate.history.recording import Recording
from safemigrate.history.replay import Replay, fold
from safemigrate.history.source import Source, source_of
from safemigrate.history.statement import Direction

if TYPE_CHECKING:
    from safemigrate.schema import Schema


def main() -> None:
    """Answer one request."""
    output = _own_output()
    request = json.load(sys.stdin)
    _leave_standard_streams()
    warnings.simplefilter("ignore")
    sys.path[:0] = [path for path in request["sys_path"] if path not in sys.path]
    reading = _Reading(request, output)
    Guard(Path(request["folder"]), reading.capture.refused).arm()
    imports.install(reading.capture.stand_ins)
    keep_order()
    gc.freeze()
    # metadata of SQLAlchemy is full of circles, and the process is short-lived
    gc.set_threshold(50_000)
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
        self._replay = Replay({id: each["parents"] for id, each in self._known.items()})
        for id in request["broken"]:
            self._replay.sent(id, ())
        self._current = ("", Direction.UPGRADE)
        self._needs_ancestors = False
        #: the last recording that was looked at, how many of its statements were folded, and the schema after them
        self._seen: tuple[Recording, int, Schema] | None = None
        config = Config(request["ini"], toml_file=request["toml"], ini_section=request["section"])
        self.capture = Capture(
            config,
            Path(request["script_location"]),
            catalogue=self._catalogue,
            folders=tuple(request["folders"]),
            limit_s=request["limit_s"],
        )

    def answer(self) -> None:
        """Tell what every revision of the request gave."""
        for id in self._request["revisions"]:
            self._tell({"begin": id})
            record = self._revision(id)
            if self._needs_ancestors:
                self._read_ancestors(id)
                self._tell({"begin": id})
                record = self._revision(id)
            self._tell({"id": id, **record})

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
        module = self.capture.module(source)
        if isinstance(module, Captured):
            self._replay.sent(id, ())
            return {"upgrade": _told(module)}
        if self._request["purpose"] == "declare":
            return {"declared": _declared(module)}
        try:
            return {each.value: _told(self._direction(id, source, module, each)) for each in self._directions()}
        except NeedsAncestors:
            return {}

    def _directions(self) -> tuple[Direction, ...]:
        return tuple(Direction) if self._request["downgrades"] else (Direction.UPGRADE,)

    def _direction(self, id: str, source: Source, module: ModuleType, direction: Direction) -> Captured:
        self._current = (id, direction)
        captured = self.capture.direction(source, module, direction)
        if direction is Direction.UPGRADE:
            self._replay.sent(id, [recorded.sql for recorded, _ in captured.statements])
        return captured

    def _catalogue(self, recording: Recording) -> Reflection:
        """The live schema where the running revision stands."""
        id, direction = self._current
        if self._replay.open_before(id):
            # remembered as well, for a revision may swallow anything that is raised
            self._needs_ancestors = True
            raise NeedsAncestors
        # the values of a schema are a large import, and few revisions look at it
        from safemigrate.history.reflection import ReplayedReflection

        if self._seen is None or self._seen[0] is not recording:
            start = self._replay.before(id) if direction is Direction.UPGRADE else self._replay.after(id)
            self._seen = (recording, 0, start)
        _, count, schema = self._seen
        schema = fold(schema, [recorded.sql for recorded in recording.statements[count:]])
        self._seen = (recording, len(recording.statements), schema)
        return ReplayedReflection(schema)


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
            ]
            for recorded, number in captured.statements
        ],
        "hindrances": [dataclasses.astuple(each) for each in captured.hindrances],
    }


if __name__ == "__main__":
    main()
