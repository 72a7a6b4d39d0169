"""Readings in a file: an index that is read each time, and behind it what each revision gave.

A reading counts as long as all that it depends on is as it was. The file is replaced whole; a damaged one is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from safemigrate.history.dependencies import Dependency, Kind, state
from safemigrate.history.statement import Direction, Obstacle, Reading, Revision, Statement, recorded
from safemigrate.lint.store import unsealed, write_sealed


class Kept(NamedTuple):
    """What one direction of a revision gave: JSON, and what identifies it."""

    content: str
    payload: bytes


class _Entry(NamedTuple):
    """Where a payload lies, which of the lists of dependencies it hangs on, and what identifies it."""

    depends: int
    content: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class New:
    """What is to be kept at a *place*."""

    place: str
    kept: Kept
    depends: tuple[Dependency, ...]


class ReadingStore:
    """The readings in the file at *path*, which need not be there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, _Entry] = {}
        self._depends: list[tuple[Dependency, ...]] = []
        self._payloads = b""
        self._holds: dict[int, bool] = {}
        self._state = cache(state)
        content = unsealed(path)
        if content is not None:
            with suppress(ValueError, TypeError, LookupError, AttributeError):
                self._open(content)

    def _open(self, content: bytes) -> None:
        index, _, payloads = content.partition(b"\n")
        told = json.loads(index)
        depends = [tuple(Dependency(Kind(kind), path, was) for kind, path, was in each) for each in told["depends"]]
        entries = {place: _Entry(*entry) for place, entry in told["entries"].items()}
        if entries and max(entry.depends for entry in entries.values()) < len(depends):
            self._entries, self._depends, self._payloads = entries, depends, payloads

    def get(self, place: str) -> Kept | None:
        """What is kept at *place*, None where there is nothing or it depends on what has changed."""
        entry = self._entries.get(place)
        if entry is None or not self._still_holds(entry.depends):
            return None
        return Kept(entry.content, self._payloads[entry.begin : entry.end])

    def _still_holds(self, number: int) -> bool:
        if number not in self._holds:
            depends = self._depends[number]
            self._holds[number] = all(self._state(each.kind, each.path) == each.state for each in depends)
        return self._holds[number]

    def keep(self, new: Sequence[New], *, limit: int) -> None:
        """Remember *new* and what was there, of which the newest *limit*.

        A folder that cannot be written is no error; another process never sees half of the file.
        """
        known = {each.place: each for each in (*self._old(), *new)}
        lists: dict[tuple[Dependency, ...], int] = {}
        entries: dict[str, _Entry] = {}
        payloads: list[bytes] = []
        end = 0
        for each in list(known.values())[-limit:]:
            number = lists.setdefault(each.depends, len(lists))
            begin, end = end, end + len(each.kept.payload)
            entries[each.place] = _Entry(number, each.kept.content, begin, end)
            payloads.append(each.kept.payload)
        index = json.dumps({"depends": list(lists), "entries": entries})
        with suppress(OSError):
            write_sealed(self._path, b"".join((index.encode(), b"\n", *payloads)))

    def _old(self) -> Iterable[New]:
        for place, entry in self._entries.items():
            kept = Kept(entry.content, self._payloads[entry.begin : entry.end])
            yield New(place, kept, self._depends[entry.depends])


# -- readings as JSON ------------------------------------------------------------------------------------------


def kept(reading: Reading, direction: Direction) -> Kept:
    """What one direction of *reading* gave."""
    statements = [statement.record() for statement in reading.run(direction)]
    obstacles = [[o.line, o.reason] for o in reading.obstacles if o.direction is direction]
    payload = json.dumps([statements, obstacles]).encode()
    told = f"{reading.revision.path}\0{direction}\0".encode("utf-8", "surrogatepass") + payload
    return Kept(hashlib.sha256(told).hexdigest()[:32], payload)


def reading_of(revision: Revision, found: Mapping[Direction, Kept]) -> Reading:
    """The reading that kept() was asked about, but for what it depends on."""
    statements: list[Statement] = []
    obstacles: list[Obstacle] = []
    for direction, each in found.items():
        records, hindrances = json.loads(each.payload)
        statements += [recorded(record, revision, direction) for record in records]
        obstacles += [Obstacle(line, reason, direction) for line, reason in hindrances]
    return Reading(revision, tuple(statements), tuple(obstacles))
