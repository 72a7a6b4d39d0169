"""Running one revision over the do-nothing driver, and what comes of it."""

from __future__ import annotations

import importlib.util
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from safemigrate.history import batch
from safemigrate.history.answers import Answers
from safemigrate.history.branches import silent_branches
from safemigrate.history.calls import calls
from safemigrate.history.driver import Reflection, nothing_engine
from safemigrate.history.guard import Refused
from safemigrate.history.hindrance import Hindrance, NeedsAncestors, hindrance, out_of_time
from safemigrate.history.naming import Naming, unknown_name
from safemigrate.history.plugins import load_plugins, uses_custom_operations
from safemigrate.history.recording import Catalogue, Recorded, Recording
from safemigrate.history.source import Source, Span
from safemigrate.history.stand_ins import StandIns
from safemigrate.history.statement import Direction, Doubt
from safemigrate.history.target_metadata import target_metadata, unread_metadata
from safemigrate.history.union import numbered, union

#: what a missing logger or a missing command line is asked to do changes no database
_LOGGING = frozenset("debug info warning warn error exception critical log echo secho print".split())

_SILENT = "whether this runs hangs on the live schema; on the one that the history makes, it does not"


@dataclass(frozen=True, slots=True)
class Captured:
    """What one direction of a revision sent, with the number of each statement's transaction."""

    statements: tuple[tuple[Recorded, int | None], ...] = ()
    hindrances: tuple[Hindrance, ...] = ()


@dataclass(slots=True)
class _Run:
    """One pass. *stopped* is what ended it before its end, *notes* what did not."""

    recording: Recording
    stopped: Hindrance | None = None
    notes: dict[Hindrance, None] = field(default_factory=dict)
    unnamed: bool = False

    def note(self, reason: str) -> None:
        self.notes[Hindrance(self.recording.line_now(), reason)] = None


class Capture:
    """Runs revisions, one after the other, in this process.

    *catalogue* makes the answers of the live schema for a recording, *folders* hold the code that is given
    stand-ins, *limit_s* is the time that a pass may take, *naming* what Alembic finds in target_metadata.
    """

    def __init__(
        self,
        config: Config,
        script_location: Path,
        *,
        catalogue: Catalogue,
        folders: tuple[str, ...],
        limit_s: float,
        naming: Naming,
    ) -> None:
        self.stand_ins = StandIns(folders, self)
        self._naming = naming
        self._metadata = unread_metadata(self._unnamed) if naming.unread else target_metadata(naming.convention)
        self._config = config
        self._script = ScriptDirectory(script_location)
        self._script_location = script_location
        self._plugged = False
        self._catalogue = catalogue
        self._limit_s = limit_s
        self._engine = nothing_engine()
        self._run: _Run | None = None
        self._shaping: dict[str, None] = {}
        batch.keep_lines(self._recording)
        signal.signal(signal.SIGALRM, out_of_time)

    def module(self, source: Source) -> ModuleType | Captured:
        """The revision's module, or what kept it from being imported."""
        if not self._plugged and uses_custom_operations(source.text):
            self._plugged = True
            load_plugins(self._script_location)
        spec = importlib.util.spec_from_file_location(re.sub(r"\W", "_", source.path.name), source.path)
        assert spec is not None
        loader = spec.loader
        assert loader is not None
        module = importlib.util.module_from_spec(spec)
        run = self._begin(source, rows=False)
        self._limited(run, "its import", lambda: loader.exec_module(module))
        return Captured(hindrances=_hindrances(run)) if run.stopped else module

    def direction(self, source: Source, module: ModuleType, direction: Direction) -> Captured:
        """What ``upgrade()`` or ``downgrade()`` sends, over one pass or two.

        The first pass finds every table empty. If the revision asked anything, the second answers each query
        with a plausible row; only what stops both is a hindrance.
        """
        function = getattr(module, direction.value, None)
        if function is None:
            return Captured()
        if not callable(function):
            return Captured(hindrances=(Hindrance(source.function_line(direction), f"{direction} is no function"),))
        first = self._pass(source, module, function, rows=False)
        if not first.recording.answers.asked:
            captured = Captured(tuple(numbered(first.recording.statements)), _hindrances(first))
            return _with_silence(captured, source, direction, first)
        second = self._pass(source, module, function, rows=True)
        return _with_silence(_joined(first, second), source, direction, first, second)

    # -- what the guard and the stand-ins tell ----------------------------------------------------------------

    def refused(self, refusal: Refused) -> None:
        """A refusal counts even where the revision swallows it, unless a module that it imports asked for it."""
        if self._run is not None and not _importing(self._run.recording.source):
            self._run.note(str(refusal))

    def shaped(self, name: str) -> None:
        self._shaping[name] = None

    def decided(self, name: str) -> None:
        if self._run is not None:
            self._run.recording.doubt(Doubt.STAND_IN)
            self._run.note(f"its course hangs on {name}, which cannot be imported here")

    def called(self, name: str, arguments: tuple[object, ...]) -> None:
        if self._run is None or name.rpartition(".")[2] in _LOGGING:
            return
        works = any(isinstance(each, sa.Connection | ModuleType | Operations) for each in arguments)
        frame = self._run.recording.frame()
        if works or (frame is not None and self._run.recording.source.discards_result(Span.running(frame))):
            self._run.note(f"it leaves work to {name}, which cannot be imported here: what that does is unknown")

    def _unnamed(self) -> None:
        """The name of what is made hangs on a convention that could not be read: once is enough for a revision."""
        if self._run is not None and not self._run.unnamed:
            self._run.unnamed = True
            self._run.note(unknown_name(self._naming))

    # -- one pass ---------------------------------------------------------------------------------------------

    def _pass(self, source: Source, module: ModuleType, function: Callable[..., object], *, rows: bool) -> _Run:
        run = self._begin(source, rows=rows)
        for arguments in calls(function, module, self._config):
            self._once(run, function, arguments)
        return run

    def _once(self, run: _Run, function: Callable[..., object], arguments: Mapping[str, object]) -> None:
        what = f"{function.__name__}()"
        try:
            with self._environment():
                self._limited(run, what, lambda: function(**arguments))
        except sa.exc.SQLAlchemyError as error:
            # the transaction around the revision could not be ended: it ended it itself
            source = run.recording.source
            run.stopped = run.stopped or hindrance(error, what, source, source.function_line(function.__name__))

    def _begin(self, source: Source, *, rows: bool) -> _Run:
        recording = Recording(source, Answers(rows=rows), named=self._named, reflected=self._reflected)
        self._run = _Run(recording)
        self._shaping.clear()
        self._engine.dialect.tape = recording  # type: ignore[attr-defined]
        return self._run

    def _recording(self) -> Recording:
        assert self._run is not None
        return self._run.recording

    def _named(self, sql: str) -> tuple[str, tuple[str, ...]]:
        text, names = self.stand_ins.named(sql)
        names = tuple(dict.fromkeys((*names, *self._shaping)))
        self._shaping.clear()
        return text, names

    def _reflected(self, recording: Recording, doubted: Callable[[], None]) -> Reflection:
        """The catalogue, on our own time: the replay of a long history is not the revision's doing."""
        left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            return self._catalogue(recording, doubted)
        finally:
            signal.setitimer(signal.ITIMER_REAL, left, interval)

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Alembic's own surroundings: op, context, and a connection in a transaction."""
        with self._engine.connect() as connection, EnvironmentContext(self._config, self._script) as environment:
            environment.configure(connection=connection, transactional_ddl=True, target_metadata=self._metadata)
            migration = environment.get_context()
            with Operations.context(migration), migration.begin_transaction():
                yield

    def _limited(self, run: _Run, what: str, action: Callable[[], object]) -> None:
        """Run *action* within the time limit; what it raises becomes the hindrance that stopped the run."""
        signal.setitimer(signal.ITIMER_REAL, self._limit_s, 0.5)
        try:
            action()
        except NeedsAncestors:
            raise
        except BaseException as error:
            # a revision may raise anything, SystemExit included, and all of it is reported
            run.stopped = hindrance(error, what, run.recording.source, run.recording.line_now())
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _joined(first: _Run, second: _Run) -> Captured:
    """Both passes. Made-up answers alone may stop one of them; what stops both would stop a real run."""
    statements = union(first.recording.statements, second.recording.statements)
    notes = {**first.notes, **second.notes}
    if first.stopped is not None and second.stopped is not None:
        notes[max(first.stopped, second.stopped, key=lambda stopped: stopped.line)] = None
    return Captured(tuple(statements), tuple(notes))


def _with_silence(captured: Captured, source: Source, direction: Direction, *runs: _Run) -> Captured:
    """*captured* with the branches that a look at the live schema kept from sending anything."""
    looked = any(Doubt.INSPECTION in run.recording.doubts for run in runs)
    if not looked or all(run.stopped for run in runs):
        return captured
    lines = {recorded.line for run in runs for recorded in run.recording.statements}
    silent = [Hindrance(line, _SILENT) for line in silent_branches(source.tree, direction.value, lines)]
    return Captured(captured.statements, (*captured.hindrances, *silent))


def _hindrances(run: _Run) -> tuple[Hindrance, ...]:
    stopped = (run.stopped,) if run.stopped else ()
    return tuple(dict.fromkeys((*run.notes, *stopped)))


def _importing(source: Source) -> bool:
    """Whether a module that the revision imports is being run: the import machinery stands above the revision."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename != source.filename:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
