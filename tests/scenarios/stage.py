"""A scenario on a real server: authored and split side by side, phase by phase under traffic, and the way back."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from alembic import command as alembic
from alembic.config import Config
from scenario import Scenario
from sqlalchemy import Engine, event
from sqlalchemy.exc import DataError, IntegrityError
from traffic import (
    Answers,
    Connection,
    Rows,
    Worker,
    ask,
    at_once,
    but_for,
    complaints,
    disagreements,
    failures,
    read_all,
    seed,
    untouched,
    without,
)

from safemigrate.apply import GateOptions, Project, apply_phase
from safemigrate.apply.events import Event, StepEnded
from safemigrate.errors import SplitRefused
from safemigrate.history import History, Phase, Reading, load, read_revisions
from safemigrate.history.environment import Environment
from safemigrate.lint.revisions import Conditions
from safemigrate.plan import python
from safemigrate.plan.answers import Answers as Given
from safemigrate.plan.files import RevisionFile, write_release
from safemigrate.plan.release import Release, draft
from safemigrate.rulebook import Policy, load_rules, replay
from safemigrate.schema import Schema
from safemigrate.schema.catalog import Catalog, differences, snapshot
from safemigrate.sql.scripts import cut

BEFORE = "r1"
_CONSTANT = re.compile(r"(?<=DEFAULT )('(?:[^']|'')*')::[a-z][a-z ]*(?:\([\d, ]+\))?")
_OLD = f"app@1/{BEFORE}"
_GATES = GateOptions(samples=1, span_s=0, accept_data_loss=True)
_ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

settings = context.config.attributes
url = settings.get("url", "postgresql://").replace("postgresql://", "postgresql+psycopg://")
engine = create_engine(url, poolclass=pool.NullPool, connect_args={"options": settings.get("options", "")})
settings.get("watch", id)(engine)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

MakeDatabase = Callable[..., str]
Traffic = Callable[..., AbstractContextManager[None]]


# -- the two projects -----------------------------------------------------------------------------------------------


def project(folder: Path, scenario: Scenario) -> Path:
    """A project of what was there (r1), and what somebody wrote (r2 and so on)."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (folder / "migrations" / "env.py").write_text(_ENV)
    given = "\n".join(line for piece in cut(scenario.given) for line in python.execute(piece.text)) or "pass"
    (versions / f"{BEFORE}.py").write_text(_revision(BEFORE, None, given))
    for number, upgrade in enumerate(scenario.upgrades, start=2):
        text = _revision(f"r{number}", f"r{number - 1}", upgrade, scenario.phase)
        (versions / f"r{number}.py").write_text(text)
    return folder


def _revision(name: str, down: str | None, body: str, phase: str = "") -> str:
    lines = "\n".join(f"    {line}" if line else "" for line in body.strip("\n").split("\n"))
    said = f"safemigrate_phase = {phase!r}\n" if phase else ""
    return (
        f'"""{name}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n'
        "from sqlalchemy.dialects import postgresql\n\n"
        f"revision = {name!r}\ndown_revision = {down!r}\n{said}\n\n"
        f"def upgrade() -> None:\n{lines}\n\n\ndef downgrade() -> None:\n    pass\n"
    )


def split(folder: Path, scenario: Scenario) -> tuple[RevisionFile, ...]:
    """What split makes of the authored revision, written into the project. Raises SplitRefused."""
    files = write_release(*composed(folder, scenario))
    for file in files:
        file.path.write_text(file.text)
    return files


def composed(folder: Path, scenario: Scenario) -> tuple[Release, History]:
    """The release that the authored revisions of the project are. Raises SplitRefused."""
    history = load(folder / "alembic.ini")
    readings = read_revisions(history, downgrades=())
    runs = tuple(replay([readings[revision.id] for revision in history.revisions], Schema(complete=True)))
    policy = Policy(lock_timeout="managed")
    return draft(load_rules(), runs[1:], policy=policy, answers=Given(given=scenario.answers)).checked(), history


def run_alembic(
    folder: Path,
    database: str,
    direction: str,
    target: str,
    *,
    allow: bool = False,
    watch: Callable[[Engine], object] = id,
) -> None:
    """Alembic's own upgrade or downgrade, in this process; *allow* lets contracts run on rows."""
    config = Config(str(folder / "alembic.ini"))
    config.attributes["url"] = database
    config.attributes["watch"] = watch
    config.attributes["options"] = "-c safemigrate.contract=allow" if allow else ""
    {"upgrade": alembic.upgrade, "downgrade": alembic.downgrade}[direction](config, target)


class _Killed(Exception):
    """The process ends here, as if somebody had killed it."""


def run_with_kills(folder: Path, database: str, direction: str, target: str) -> None:
    """Alembic's upgrade or downgrade, which is killed once behind each commit, and begun again."""
    commits, version = 1, None
    while True:
        try:
            run_alembic(folder, database, direction, target, allow=True, watch=partial(_kill, behind=commits))
            return
        except _Killed:
            with _connected(database) as connection:
                now = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        # a revision that was finished is not begun again
        commits, version = (commits + 1 if now == version else 1), now


def _kill(engine: Engine, *, behind: int) -> None:
    """Raises _Killed at the first statement behind the n-th commit."""
    committed = 0

    def commit(*_: object) -> None:
        nonlocal committed
        committed += 1

    def begin(*_: object) -> None:
        if committed >= behind:
            raise _Killed

    def end(connection: sqlalchemy.Connection, *_: object) -> None:
        if connection.connection.driver_connection.autocommit:
            commit()

    event.listen(engine, "commit", commit)
    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)


# -- the play -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stage:
    """What is known of a scenario that runs: its projects, its databases, and what both versions expect."""

    scenario: Scenario
    make: MakeDatabase
    traffic: Traffic
    parted: Path
    history: History
    readings: Mapping[str, Reading]
    database: str
    rows: Rows
    #: what the old version gets from the schema before, and the new one from the one behind
    before: Answers
    after: Answers
    #: what both must get in between
    old: Answers
    new: Answers
    expected: Catalog
    #: the database that ran the authored revision, None where its rows keep it from running
    plain: str | None

    @property
    def early(self) -> Answers:
        """What the new version must get before migrate has ended."""
        sent = tuple(c for c in self.new.version.writes if not c.says(self.scenario.late))
        return replace(self.new, version=replace(self.new.version, writes=sent))

    @property
    def name(self) -> str:
        """What the processes of the new version call themselves: it was built for the last authored revision."""
        return f"app@2/r{len(self.scenario.upgrades) + 1}"

    @property
    def split(self) -> bool:
        """Whether anything is not as it was written."""
        return any(revision.phase for revision in self.history.revisions) and not self.scenario.phase

    @property
    def whole_way_back(self) -> bool:
        """Whether split wrote all downgrades. Those of what is safe as written are the author's."""
        return self.split and all(revision.phase for revision in self.history.revisions if revision.id != BEFORE)

    @property
    def phases(self) -> Mapping[Phase, bool]:
        found = {revision.phase or Phase.EXPAND for revision in self.history.revisions if revision.id != BEFORE}
        return {phase: phase in found for phase in Phase}


def play(scenario: Scenario, folder: Path, make: MakeDatabase, *, traffic: Traffic = at_once) -> str:
    """Runs *scenario*, and says what split made of it.

    Raises AssertionError where anything is not as it must be.
    """
    authored, parted = project(folder / "authored", scenario), project(folder / "split", scenario)
    if scenario.refusal is not None:
        with pytest.raises(SplitRefused, match=re.escape(scenario.refusal)):
            split(parted, scenario)
        return "refused"
    told = _told(split(parted, scenario))
    assert told == (scenario.outcome or told)
    stage = _prepared(scenario, authored, parted, make, traffic)
    before = catalog(stage.database)
    _expand(stage)
    _check_way_back(stage, before)
    _migrate(stage)
    _check_way_back(stage, before)
    if scenario.comes_back:
        _check_way_back_from_contract(stage, before)
    _contract(stage)
    _check_end(stage)
    return "split" if stage.split else "safe as written"


def _told(files: Sequence[RevisionFile]) -> str:
    return ", ".join(dict.fromkeys(file.phase.value for file in files)) or "safe as written"


def _prepared(scenario: Scenario, authored: Path, parted: Path, make: MakeDatabase, traffic: Traffic) -> Stage:
    database, lookups, old = _before(scenario, authored, make)
    plain = make(database)
    runs_on_rows = _runs(authored, plain)
    if not _runs(authored, lookups):
        # without the rows that are in the way it must run
        _empty(lookups)
        run_alembic(authored, lookups, "upgrade", "head")
    with psycopg.connect(lookups, autocommit=True) as connection:
        new = ask(connection, scenario.new)
    assert new.written, f"the new version cannot write: {sorted(set(new.refused.values()))}"
    history = load(parted / "alembic.ini")
    readings = read_revisions(history, downgrades=())
    rows = Rows(scenario.rows)
    return Stage(
        scenario,
        make,
        traffic,
        parted,
        history,
        readings,
        database,
        rows,
        before=old,
        after=new,
        old=but_for(old, scenario.altered),
        new=but_for(new, scenario.altered),
        expected=catalog(lookups),
        plain=plain if runs_on_rows else None,
    )


def _before(scenario: Scenario, folder: Path, make: MakeDatabase) -> tuple[str, str, Answers]:
    """A database with rows, one with those of the seed only, and what the old version gets there."""
    database = begun(scenario, folder, make)
    return database, make(database), filled(scenario, database)


def begun(scenario: Scenario, folder: Path, make: MakeDatabase) -> str:
    """A database of the schema before, with the rows of the seed only."""
    database = make()
    run_alembic(folder, database, "upgrade", BEFORE)
    with _connected(database) as connection:
        connection.execute(scenario.seed.encode())
    return database


def filled(scenario: Scenario, database: str) -> Answers:
    """What the old version gets from *database*, where it has made its rows then."""
    with _connected(database) as connection:
        old = ask(connection, scenario.old)
        assert old.written, f"the old version cannot write: {sorted(set(old.refused.values()))}"
        seed(connection, old, scenario.rows)
    return old


def play_with_kills(scenario: Scenario, folder: Path, make: MakeDatabase) -> None:
    """Plain Alembic takes the split, killed behind each commit and begun again, to the schema that it leads to.

    From the schema before, and from the one that the authored revision leaves. So does the way back.
    Raises AssertionError elsewhere.
    """
    authored, parted = project(folder / "authored", scenario), project(folder / "split", scenario)
    if not split(parted, scenario):
        return
    database, *_ = _before(scenario, authored, make)
    done = make(database)
    if not _runs(authored, done):
        _empty(database)
        _empty(done)
        run_alembic(authored, done, "upgrade", "head")
    there = make(database)
    straight = make(database)
    run_alembic(parted, straight, "upgrade", "head", allow=True)
    for interrupted in (database, done):
        run_with_kills(parted, interrupted, "upgrade", "head")
        check_none(differences(catalog(straight), catalog(interrupted)))
        assert _counted(straight) == _counted(interrupted)
    history = load(parted / "alembic.ini")
    if all(revision.phase for revision in history.revisions if revision.id != BEFORE) and not scenario.phase:
        _check_way_back_with_kills(history, there, make)


def _check_way_back_with_kills(history: History, there: str, make: MakeDatabase) -> None:
    """The downgrades that split wrote lead from before contract to the same schema when they are killed, too."""
    parted = history.script_location.parent
    last = [revision for revision in history.revisions if revision.phase is not Phase.CONTRACT][-1]
    run_alembic(parted, there, "upgrade", last.id)
    straight = make(there)
    run_alembic(parted, straight, "downgrade", BEFORE)
    run_with_kills(parted, there, "downgrade", BEFORE)
    check_none(differences(catalog(straight), catalog(there)))
    assert _counted(straight) == _counted(there)


def _runs(folder: Path, database: str) -> bool:
    """Whether the authored revision runs on the rows of *database*."""
    try:
        run_alembic(folder, database, "upgrade", "head")
    except (IntegrityError, DataError):
        return False
    return True


def _empty(database: str) -> None:
    """Takes all rows from the user's tables."""
    with psycopg.connect(database, autocommit=True) as connection:
        for table in _tables(connection):
            connection.execute(f"TRUNCATE {table} CASCADE".encode())


def _counted(database: str) -> Mapping[str, tuple[int] | None]:
    """How many rows each of the user's tables holds."""
    with psycopg.connect(database, autocommit=True) as connection:
        counts = {table: f"SELECT count(*) FROM {table}".encode() for table in _tables(connection)}
        return {table: connection.execute(count).fetchone() for table, count in counts.items()}


def _tables(connection: psycopg.Connection[Any]) -> Sequence[str]:
    found = connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') "
        "AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema)') "
        "AND relname <> 'alembic_version'"
    )
    return [table for (table,) in found]


def catalog(database: str) -> Catalog:
    """What *database* holds; the type that PostgreSQL notes behind a constant of a default says nothing of it."""
    with psycopg.connect(database) as connection:
        found = snapshot(connection, ignoring=["alembic_version"])
    return Catalog({name: _CONSTANT.sub(r"\1", text) for name, text in found.objects.items()})


# -- the phases -----------------------------------------------------------------------------------------------------


def _traffic(stage: Stage, crew: Sequence[Worker]) -> AbstractContextManager[None]:
    return stage.traffic(stage.database, crew, stage.rows, prepare=not stage.scenario.stale)


def _expand(stage: Stage) -> None:
    """Only the old version runs."""
    with _traffic(stage, [Worker(_OLD, stage.old)] * 2):
        _apply(stage, Phase.EXPAND, {_OLD: stage.old})


def _migrate(stage: Stage) -> None:
    """Both versions run, each sees what the other writes, and at the end all rows are the same to both."""
    old, new = stage.scenario.old, stage.scenario.new
    crew = [Worker(_OLD, stage.old, new), Worker(stage.name, stage.new, old)] * 2
    stage.rows.open = len(stage.rows.made)
    early = replace(crew[1], answers=stage.early, early=True)
    with _traffic(stage, [crew[0], early] * 2):
        _apply(stage, Phase.MIGRATE, {_OLD: stage.old, stage.name: stage.early})
    _check_same(stage, "at the end of migrate")
    with _traffic(stage, crew[:3]):
        pass
    _check_same(stage, "when the old version ends")


def check_none(complaints: Iterable[str]) -> None:
    told = list(complaints)
    assert not told, "\n".join(told[:10])


def _check_same(stage: Stage, when: str) -> None:
    with psycopg.connect(stage.database, autocommit=True) as connection:
        old, new = (read_all(connection, side, stage.rows.keys) for side in (stage.scenario.old, stage.scenario.new))
    wrong = [f"{when}, row {key} is {said}" for key in old for said in disagreements(old[key], new[key])]
    check_none(wrong)


def _contract(stage: Stage) -> None:
    """Only the new version runs, and nothing of what it reads changes."""
    if not stage.phases[Phase.CONTRACT]:
        return
    with _connected(stage.database) as connection:
        before = read_all(connection, stage.scenario.new, untouched(stage.rows.before))
    _wait_for_the_end_of(_OLD, stage.database)
    with _traffic(stage, [Worker(stage.name, stage.new)] * 2):
        _apply(stage, Phase.CONTRACT, {stage.name: stage.new})
    with _connected(stage.database) as connection:
        assert before == read_all(connection, stage.scenario.new, untouched(stage.rows.before))


def _wait_for_the_end_of(name: str, database: str) -> None:
    """A session is told of for a moment after its client has gone."""
    with _connected(database) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
        while connection.execute(query, [name]).fetchone() != (0,):
            connection.execute("SELECT pg_stat_clear_snapshot()")


@contextmanager
def _connected(database: str, **options: Any) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True, **options) as connection:
        yield connection


def _apply(stage: Stage, phase: Phase, running: Mapping[str, Answers]) -> None:
    """apply runs *phase*; behind each of its steps the versions *running* get the answers that they expect.

    They ask on connections that have prepared every statement before, unless those may be stale.
    """
    wrong: list[str] = []
    with ExitStack() as stack:

        def warmed() -> list[Connection]:
            options = {"prepare_threshold": 0}
            return [stack.enter_context(_connected(stage.database, application_name=n, **options)) for n in running]

        def probe(when: str) -> None:
            for connection, wanted in zip(warm, running.values(), strict=True):
                found = ask(connection, wanted.version, wanted)
                wrong.extend(f"{when}, {said}" for said in failures(wanted, found))

        def observe(event: Event) -> None:
            if isinstance(event, StepEnded) and not wrong:
                if stage.scenario.stale:
                    warm[:] = warmed()
                probe(f"behind {event.outcome.name}")

        warm = warmed()
        probe(f"before {phase}")
        if stage.phases[phase]:
            apply_phase(_project(stage, stage.database), phase, gates=_GATES, observe=observe)
    check_none(wrong)


def _project(stage: Stage, database: str) -> Project:
    conditions = Conditions(today=datetime.date.today(), policy=Policy(lock_timeout="managed"))
    return Project(stage.history, Environment(database), conditions=conditions, readings=stage.readings)


# -- the way back, and the end --------------------------------------------------------------------------------------


def _check_way_back(stage: Stage, before: Catalog) -> None:
    """A downgrade from here gives the old version its schema, its answers and all its rows back."""
    if not stage.whole_way_back:
        return
    database, old = stage.make(stage.database), stage.scenario.old
    # the type that comes back rounds what the one in between did not
    rounded = stage.scenario.altered if stage.scenario.stale else ()
    with _connected(database) as connection:
        rows = without(rounded, read_all(connection, old, stage.rows.keys))
    try:
        run_alembic(stage.parted, database, "downgrade", BEFORE)
    except (IntegrityError, DataError):
        if stage.scenario.way_back and stage.rows.sent[stage.name]:
            return
        raise
    found = catalog(database)
    if stage.scenario.way_back:
        # a constraint that is back is not held against the rows that came meanwhile
        before, found = _validated(before), _validated(found)
    different = differences(before, found)
    assert bool(stage.scenario.stays) == bool(different), different or stage.scenario.stays
    with _connected(database) as connection:
        assert rows == without(rounded, read_all(connection, old, stage.rows.keys))
        check_none(complaints(stage.before, ask(connection, old, stage.before)))


def _check_way_back_from_contract(stage: Stage, before: Catalog) -> None:
    """A downgrade from behind contract gives the old version its schema and its values back."""
    database, old = stage.make(stage.database), stage.scenario.old
    with _connected(database) as connection:
        rows = read_all(connection, old, stage.rows.keys)
    run_alembic(stage.parted, database, "upgrade", "head", allow=True)
    run_alembic(stage.parted, database, "downgrade", BEFORE)
    check_none(differences(before, catalog(database)))
    with _connected(database) as connection:
        assert rows == read_all(connection, old, stage.rows.keys)


def _validated(catalog: Catalog) -> Catalog:
    return Catalog({name: text.replace(" NOT VALID", "") for name, text in catalog.objects.items()})


def _check_end(stage: Stage) -> None:
    """The schema and the rows are what the authored revision leaves, whichever way led there."""
    scenario = stage.scenario
    found = catalog(stage.database)
    different = differences(stage.expected, found)
    assert bool(scenario.catalogue) == bool(different), different or scenario.catalogue
    with _connected(stage.database) as connection:
        check_none(complaints(stage.after, ask(connection, scenario.new, stage.after)))
        rows = read_all(connection, scenario.new, untouched(stage.rows.before))
    if stage.plain is not None:
        with _connected(stage.plain) as connection:
            assert read_all(connection, scenario.new, untouched(stage.rows.before)) == rows
        for finish in (_finish_by_alembic, _finish_by_apply):
            database = stage.make(stage.plain)
            finish(stage, database)
            with _connected(database) as connection:
                assert read_all(connection, scenario.new, untouched(stage.rows.before)) == rows
            check_none(differences(found, catalog(database)))
    # an empty database needs nobody's leave
    empty = stage.make()
    run_alembic(stage.parted, empty, "upgrade", "head")
    check_none(differences(found, catalog(empty)))


def _finish_by_alembic(stage: Stage, database: str) -> None:
    """The rest on a database that had run the authored revision before it was split."""
    run_alembic(stage.parted, database, "upgrade", "head", allow=True)


def _finish_by_apply(stage: Stage, database: str) -> None:
    for phase in (Phase.MIGRATE, Phase.CONTRACT):
        if stage.phases[phase]:
            apply_phase(_project(stage, database), phase, gates=_GATES)
