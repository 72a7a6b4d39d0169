"""Readings that are remembered: a revision is run again once something changed that it depends on.

What it depends on is what the process that ran it saw it look at: files and folders, modules of the application among
them, and the revisions before it where it asked for the live schema. One that ran out of time is always read anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from safemigrate.history import Dump, History, Reading, read_revisions
from safemigrate.history.dependencies import Kind, state
from safemigrate.history.reader import Standby
from safemigrate.history.statement import Direction, Revision
from safemigrate.lint.reading_store import Kept, New, ReadingStore, kept, reading_of
from safemigrate.lint.starts import Start, Starts
from safemigrate.lint.surroundings import digest, surroundings

_FORMAT = 4
#: a history keeps this many times its revisions, so that branches do not push each other out
_GENERATIONS = 4
#: what kept us from reading and may not the next time: time, the machine, and how the process ended
_PASSING = re.compile(
    r"did not end in time|^no time was left|^the reading process|raised (?:Memory|OS|IO|Blocking|Interrupted|Timeout)"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What judging some revisions needs: the readings behind *start*, or all, and where to keep another start."""

    readings: Mapping[str, Reading]
    start: Start | None = None
    keep: Callable[[Start], None] | None = None


class Gathered:
    """The readings of *ids*, which needed() names for *judged*: those that *folder* remembers, the others on demand.

    Those of *judged* are read in the *directions* that are judged. *dump* is what the database held before the
    history, or before part of it. A folder that cannot be read or written is no error: the revisions are read.
    """

    def __init__(
        self,
        history: History,
        judged: frozenset[str],
        ids: Iterable[str],
        folder: Path,
        *,
        dump: Dump | None = None,
        directions: Collection[Direction] = frozenset(Direction),
    ) -> None:
        wanted = frozenset(ids)
        self._history = history
        self._judged = judged
        self._back = judged if Direction.DOWNGRADE in directions else frozenset()
        self._dump = dump
        self._folder = folder
        self._revisions = tuple(revision for revision in history.revisions if revision.id in wanted)
        self._places = _Places(history, dump)
        self._store = ReadingStore(folder / "readings" / f"{digest(history.script_location)}.readings")
        self._fresh: dict[str, Reading] = {}
        self._kept: dict[str, Mapping[Direction, Kept]] = {}
        for revision in self._revisions:
            found = {direction: self._known(revision, direction) for direction in self._directions(revision.id)}
            if None not in found.values():
                self._kept[revision.id] = {direction: each for direction, each in found.items() if each}

    def _directions(self, id: str) -> tuple[Direction, ...]:
        return tuple(Direction) if id in self._back else (Direction.UPGRADE,)

    def _known(self, revision: Revision, direction: Direction) -> Kept | None:
        found = (self._store.get(place) for place in self._places.all(revision, direction))
        return next((each for each in found if each is not None), None)

    @property
    def missing(self) -> frozenset[str]:
        """The revisions that must be run."""
        return frozenset(revision.id for revision in self._revisions) - self._kept.keys()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is remembered."""
        return not self._kept

    def read(self, *, standby: Standby | None = None, arrived: Callable[[Reading], None] | None = None) -> None:
        """Run what is missing, and remember it. *standby* and *arrived* are as for read_revisions()."""
        missing = self.missing
        if not missing:
            return

        def came(reading: Reading) -> None:
            self._fresh[reading.revision.id] = reading
            if arrived is not None:
                arrived(reading)

        try:
            read_revisions(
                self._history,
                missing,
                downgrades=self._back & missing,
                dump=self._dump,
                standby=standby,
                arrived=came,
            )
        finally:
            # what was read before somebody stopped it need not be read again
            self._keep()

    def _keep(self) -> None:
        new = []
        for id, reading in self._fresh.items():
            self._kept[id] = {direction: kept(reading, direction) for direction in self._directions(id)}
            if lasts(reading) and _is_as_loaded(reading.revision):
                new += [self._new(reading, direction, each) for direction, each in self._kept[id].items()]
        if new:
            self._store.keep(new, limit=2 * _GENERATIONS * len(self._history.revisions))

    def _new(self, reading: Reading, direction: Direction, found: Kept) -> New:
        looked = any(each.kind is Kind.HISTORY for each in reading.depends)
        depends = tuple(
            each._replace(state=self._places.today) if each.kind is Kind.DAY else each
            for each in dict.fromkeys(reading.depends)
            if each.kind is not Kind.HISTORY
        )
        return New(self._places.one(reading.revision, direction, looked=looked), found, depends)

    @property
    def contents(self) -> Mapping[str, str]:
        """What identifies what each revision gave, whatever that depended on, and this program; of those read."""
        base = self._places.base
        return {id: " ".join((base, *(each.content for each in found.values()))) for id, found in self._kept.items()}

    def readings(self, ids: Iterable[str] | None = None) -> Mapping[str, Reading]:
        """The readings of *ids*, or of all, in the history's order; what is missing is read."""
        self.read()
        chosen = None if ids is None else frozenset(ids)
        return {
            revision.id: self._fresh.get(revision.id) or reading_of(revision, self._kept[revision.id])
            for revision in self._revisions
            if chosen is None or revision.id in chosen
        }

    def prepared(self) -> Prepared:
        """The readings, and the schema that most of them leave."""
        self.read()
        if self._dump is not None:
            return Prepared(self.readings())
        order = [revision.id for revision in self._revisions]
        keys = {id: f"{self._places.base} {found[Direction.UPGRADE].content}" for id, found in self._kept.items()}
        starts = Starts(self._folder / "starts" / digest(self._history.script_location), order, keys, self._judged)
        covered = starts.covered()
        start = starts.load(covered)
        return Prepared(self.readings(order[len(covered) :] if start else order), start, starts.keep)


def prepared(
    history: History, judged: frozenset[str], ids: Iterable[str], folder: Path, *, dump: Dump | None = None
) -> Prepared:
    """The readings of *ids*, which needed() names for *judged*, and the schema that most of them leave.

    *folder* keeps both between runs.
    """
    return Gathered(history, judged, ids, folder, dump=dump).prepared()


def remembered_readings(
    history: History, ids: Iterable[str], folder: Path, *, dump: Dump | None = None
) -> Mapping[str, Reading]:
    """The upgrades of the revisions *ids*; *folder* keeps them between runs."""
    return Gathered(history, frozenset(), ids, folder, dump=dump).readings()


def lasts(reading: Reading) -> bool:
    """Whether another run would read the same: what ran out of time or memory may not."""
    return not any(_PASSING.search(obstacle.reason) for obstacle in reading.obstacles)


def _is_as_loaded(revision: Revision) -> bool:
    """Whether the file is still as it was when the history was loaded: somebody may have saved it meanwhile."""
    try:
        return hashlib.sha256(revision.path.read_bytes()).hexdigest() == revision.digest
    except OSError:
        return False


class _Places:
    """Where the readings of a history are kept: under what each of them certainly depends on."""

    def __init__(self, history: History, dump: Dump | None) -> None:
        self.base = digest(_FORMAT, *surroundings(history.configuration), dump and (dump.sql, sorted(dump.revisions)))
        self.today = state(Kind.DAY, "")
        self._before: dict[str, str] = {}
        chains: dict[str, str] = {}
        for revision in history.revisions:
            before = _joined(sorted(chains[parent] for parent in history.parents(revision.id)))
            self._before[revision.id] = before
            chains[revision.id] = _joined([revision.digest, before])

    def all(self, revision: Revision, direction: Direction) -> Iterator[str]:
        """Where a reading may be kept: as one that asked for no schema, or for the one that it found."""
        yield self.one(revision, direction, looked=False)
        yield self.one(revision, direction, looked=True)

    def one(self, revision: Revision, direction: Direction, *, looked: bool) -> str:
        before = self._before[revision.id] if looked else ""
        return _joined([self.base, str(revision.path), revision.id, revision.digest, direction, before])


def _joined(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
