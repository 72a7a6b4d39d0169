"""A user's own statements on a throw-away server: what each locked and did, and where the model says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, groupby
from uuid import uuid4

import psycopg

from safemigrate.errors import SafemigrateError
from safemigrate.history import History
from safemigrate.history.execute import upgrade
from safemigrate.history.statement import Statement
from safemigrate.rulebook import Placed, Run
from safemigrate.schema import Footprint, combined, footprint
from safemigrate.schema.operations import SetParameter, TransactionControl, Unreadable
from safemigrate.server import Server
from safemigrate.verify.concurrent import observe_concurrent
from safemigrate.verify.observe import Observed, disagreements, finer_disagreements, observe
from safemigrate.verify.release import Baseline
from safemigrate.verify.states import restore, stamp

#: brings the database at a URL to where a run begins, and says behind it that the run has ended
Prepare = Callable[[str, Run], None]


@dataclass(frozen=True, slots=True)
class Observation:
    """One statement: what the server did with it, and where the model differs.

    *observed* is None where it was not run (*skipped* says why) or was *refused* by the server.
    """

    statement: Statement
    observed: Observed | None = None
    differences: tuple[str, ...] = ()
    refused: str = ""
    skipped: str = ""


def observe_revisions(
    history: History, runs: Sequence[Run], server: Server, *, baseline: Baseline | None = None
) -> tuple[Observation, ...]:
    """Each statement of *runs*, in order, on a database that Alembic brings to just before each revision.

    Nothing but *server* is touched. Each statement has a transaction of its own, and finds no rows but those that
    the history writes.
    """
    with _database(server) as place:
        if baseline is not None:
            try:
                restore(history, baseline, place.url)
            except SafemigrateError as error:
                return tuple(_skipped(runs, str(error)))

        def before(url: str, run: Run) -> None:
            for down in run.revision.down:
                upgrade(history, url, down)

        def behind(url: str, run: Run) -> None:
            stamp_revision(url, run)

        return tuple(_observations(runs, place, before, behind))


def observe_scripts(runs: Sequence[Run], server: Server, *, schema_sql: str = "") -> tuple[Observation, ...]:
    """Each statement of *runs*, read from files of SQL, on a database that *schema_sql* made."""
    with _database(server) as place:
        if schema_sql:
            with psycopg.connect(place.url, autocommit=True) as connection:
                connection.execute(Baseline(schema_sql).script().encode())
        return tuple(_observations(runs, place, _nothing, _nothing))


def stamp_revision(url: str, run: Run) -> None:
    """Writes down in the database that the revision has run."""
    from safemigrate.verify.session import Session

    with Session(url) as session:
        stamp(session, run.revision)


def _nothing(url: str, run: Run) -> None:
    return None


def _observations(runs: Sequence[Run], place: _Place, before: Prepare, behind: Prepare) -> Iterator[Observation]:
    """Until one is refused: what comes behind it would not find the schema that it is meant for."""
    for number, run in enumerate(runs):
        try:
            before(place.url, run)
        except SafemigrateError as error:
            yield from _skipped(runs[number:], str(error))
            return
        statements = [tuple(group) for _, group in groupby(run.operations, key=lambda p: id(p.statement))]
        for at, placed in enumerate(statements):
            observation = _observed(placed, place)
            yield observation
            if observation.refused:
                rest = [p for group in statements[at + 1 :] for p in group]
                why = f"what comes before it, at line {observation.statement.line}, was refused"
                yield from (Observation(s, skipped=why) for s in _statements(rest))
                yield from _skipped(runs[number + 1 :], why)
                return
        behind(place.url, run)


def _skipped(runs: Sequence[Run], why: str) -> Iterator[Observation]:
    yield from (Observation(s, skipped=why) for run in runs for s in _statements(run.operations))


def _statements(placed: Sequence[Placed]) -> tuple[Statement, ...]:
    return tuple({id(p.statement): p.statement for p in placed if p.statement.sql}.values())


def _observed(placed: tuple[Placed, ...], place: _Place) -> Observation:
    statement = placed[0].statement
    if not statement.sql or all(isinstance(p.operation, TransactionControl) for p in placed):
        return Observation(statement, skipped="it is no statement of its own")
    if statement.parameters:
        return Observation(statement, skipped="its values travel beside its text")
    model = combined(footprint(p.operation, p.before, postgres=place.server.major) for p in placed)
    try:
        observed = _run(placed, place, model)
    except psycopg.Error as error:
        return Observation(statement, refused=" ".join((error.diag.message_primary or str(error)).split()))
    if any(isinstance(p.operation, Unreadable) for p in placed):
        return Observation(statement, observed)
    # what the history never made is not in the schema, and what a model cannot know it does not claim
    unseen = frozenset(name for name in observed.existing if placed[0].before.table(name) is None)
    differences = disagreements(model, observed, unseen=unseen)
    return Observation(statement, observed, (*differences, *finer_disagreements(model, observed, unseen=unseen)))


def _run(placed: tuple[Placed, ...], place: _Place, model: Footprint) -> Observed:
    sql = placed[0].statement.sql
    if all(p.operation.runs_in_transaction for p in placed):
        connection = place.connection()
        if any(isinstance(p.operation, SetParameter) for p in placed):
            # a setting is for the statements behind it, not for a transaction of its own
            connection.execute(sql.encode())
            return Observed({})
        with psycopg.connect(place.url, autocommit=True) as prober:
            return observe(connection, sql, prober=prober)
    with place.copies() as make:
        tables = {name for lock in model.locks for name in (lock.table, *placed[0].before.partitions(lock.table))}
        observed = observe_concurrent(make, sql, tables=tables)
    place.connection().execute(sql.encode())
    return observed


# -- the database ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Place:
    """The database that the statements run on, and a session on it that is opened when it is needed."""

    server: Server
    name: str
    url: str
    numbers: Iterator[int] = field(default_factory=count)
    opened: psycopg.Connection[tuple[object, ...]] | None = None

    def connection(self) -> psycopg.Connection[tuple[object, ...]]:
        if self.opened is None:
            self.opened = psycopg.connect(self.url, autocommit=True)
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    @contextmanager
    def copies(self) -> Iterator[Callable[[], str]]:
        """Makes copies of the database as it stands, dropped behind; nobody may be connected to it meanwhile."""
        self.close()
        made: list[str] = []

        def make() -> str:
            made.append(f"{self.name}_{next(self.numbers)}")
            return self.server.clone(self.name, made[-1])

        try:
            yield make
        finally:
            for name in made:
                self.server.drop_database(name)


@contextmanager
def _database(server: Server) -> Iterator[_Place]:
    name = f"observe_{uuid4().hex[:8]}"
    place = _Place(server, name, server.create_database(name))
    try:
        yield place
    finally:
        place.close()
        server.drop_database(name)
