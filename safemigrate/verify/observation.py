"""A user's own statements on a throw-away server: what each locked and did, and where the model says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from typing import LiteralString
from uuid import uuid4

import psycopg

from safemigrate.errors import SafemigrateError
from safemigrate.history import History
from safemigrate.history.execute import upgrade
from safemigrate.history.statement import Statement
from safemigrate.rulebook import Placed, Run
from safemigrate.schema import Footprint, Lock, LockMode, Name, Work, combined, footprint
from safemigrate.schema.operations import SetParameter, TransactionControl, Unreadable
from safemigrate.server import Server
from safemigrate.verify.concurrent import observe_concurrent
from safemigrate.verify.observe import Observed, disagreements, finer_disagreements, observe, observe_within
from safemigrate.verify.relations import Relation, relations
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
    history: History,
    runs: Sequence[Run],
    server: Server,
    *,
    baseline: Baseline | None = None,
    shared: bool = False,
) -> tuple[Observation, ...]:
    """Each statement of *runs*, in order, on a database that Alembic brings to just before each revision.

    Nothing but *server* is touched. Statements share a transaction as they do under the project's env.py, all
    revisions one where *shared* says so, and find no rows but those that the history writes.
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

        return tuple(_observations(_together(runs, shared=shared), place, before, behind))


def observe_scripts(runs: Sequence[Run], server: Server, *, schema_sql: str = "") -> tuple[Observation, ...]:
    """Each statement of *runs*, read from files of SQL, on a database that *schema_sql* made."""
    with _database(server) as place:
        if schema_sql:
            with psycopg.connect(place.url, autocommit=True) as connection:
                connection.execute(Baseline(schema_sql).script().encode())
        return tuple(_observations([(run,) for run in runs], place, _nothing, _nothing))


def stamp_revision(url: str, run: Run) -> None:
    """Writes down in the database that the revision has run."""
    from safemigrate.verify.session import Session

    with Session(url) as session:
        stamp(session, run.revision)


def _nothing(url: str, run: Run) -> None:
    return None


def _together(runs: Sequence[Run], *, shared: bool) -> tuple[tuple[Run, ...], ...]:
    """The runs that env.py puts into one transaction: each that follows the one before it, where it shares any."""
    found: list[tuple[Run, ...]] = []
    for run in runs:
        if shared and found and run.revision.down == (found[-1][-1].revision.id,):
            found[-1] = (*found[-1], run)
        else:
            found.append((run,))
    return tuple(found)


def _observations(
    groups: Sequence[tuple[Run, ...]], place: _Place, before: Prepare, behind: Prepare
) -> Iterator[Observation]:
    """Until one is refused: what comes behind it would not find the schema that it is meant for."""
    for number, runs in enumerate(groups):
        later = [run for group in groups[number + 1 :] for run in group]
        try:
            before(place.url, runs[0])
        except SafemigrateError as error:
            yield from _skipped([*runs, *later], str(error))
            return
        operations = [placed for run in runs for placed in run.operations]
        statements = [tuple(group) for _, group in groupby(operations, key=lambda p: id(p.statement))]
        for at, placed in enumerate(statements):
            place.enter(_transaction(placed, one=len(runs) > 1))
            observation = _observed(placed, place)
            yield observation
            if observation.refused:
                rest = [p for group in statements[at + 1 :] for p in group]
                why = f"what comes before it, at line {observation.statement.line}, was refused"
                yield from (Observation(s, skipped=why) for s in _statements(rest))
                yield from _skipped(later, why)
                return
        place.enter(None)
        for run in runs:
            behind(place.url, run)


def _transaction(placed: tuple[Placed, ...], *, one: bool) -> object:
    """What tells the transaction of a statement from others, None for one that commits itself.

    *one* says that the revisions have one; what runs in autocommit ends it all the same.
    """
    statement = placed[0].statement
    if statement.transaction is None or not all(p.operation.runs_in_transaction for p in placed):
        return None
    return "one" if one else (statement.revision, statement.transaction)


def _skipped(runs: Sequence[Run], why: str) -> Iterator[Observation]:
    yield from (Observation(s, skipped=why) for run in runs for s in _statements(run.operations))


def _statements(placed: Sequence[Placed]) -> tuple[Statement, ...]:
    return tuple({id(p.statement): p.statement for p in placed if p.statement.sql}.values())


def _observed(placed: tuple[Placed, ...], place: _Place) -> Observation:
    statement = placed[0].statement
    if not statement.sql:
        return Observation(statement, skipped="it is no statement of its own")
    if all(isinstance(p.operation, TransactionControl) for p in placed):
        return _controlled(statement, place)
    if statement.parameters:
        return Observation(statement, skipped="its values travel beside its text")
    model = combined(footprint(p.operation, p.before, postgres=place.server.major) for p in placed)
    try:
        seen = _run(placed, place, model)
    except psycopg.Error as error:
        return Observation(statement, refused=_said(error))
    if any(isinstance(p.operation, Unreadable) for p in placed):
        return Observation(statement, seen)
    # what the history never made is not in the schema, and what a model cannot know it does not claim
    unseen = frozenset(name for name in seen.existing if placed[0].before.table(name) is None)
    # what earlier statements hold stands beside both
    expected = _beside(model, seen)
    whole = replace(
        seen, locks=_stronger(seen.kept, seen.locks), sequences=_stronger(seen.kept_sequences, seen.sequences)
    )
    differences = disagreements(expected, whole, unseen=unseen)
    return Observation(statement, seen, (*differences, *finer_disagreements(expected, whole, unseen=unseen)))


def _controlled(statement: Statement, place: _Place) -> Observation:
    """What a revision says of its own transaction is done where there is one; it is nothing to observe."""
    word, *words = statement.sql.upper().rstrip("; \n").split()
    inside = word in ("SAVEPOINT", "RELEASE") or (word == "ROLLBACK" and "TO" in words)
    try:
        if place.begun is not None and inside:
            place.connection().execute(statement.sql.encode())
        elif place.begun is not None and word in ("COMMIT", "END"):
            place.end("COMMIT")
        elif place.begun is not None and word in ("ROLLBACK", "ABORT"):
            place.end("ROLLBACK")
    except psycopg.Error as error:
        return Observation(statement, refused=_said(error))
    return Observation(statement, skipped="it is no statement of its own")


def _said(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())


def _stronger(one: Mapping[Name, LockMode], other: Mapping[Name, LockMode]) -> dict[Name, LockMode]:
    return {name: max(mode for mode in (one.get(name), other.get(name)) if mode) for name in {**one, **other}}


def _beside(model: Footprint, seen: Observed) -> Footprint:
    """What the model says of the statement, and what earlier ones of its transaction hold."""
    if model.work is Work.UNKNOWN:
        return model
    kept = Footprint(
        tuple(Lock(name, mode) for name, mode in seen.kept.items()),
        sequences=tuple(Lock(name, mode) for name, mode in seen.kept_sequences.items()),
    )
    return combined((model, kept))


def _run(placed: tuple[Placed, ...], place: _Place, model: Footprint) -> Observed:
    sql = placed[0].statement.sql
    if all(p.operation.runs_in_transaction for p in placed):
        connection = place.connection()
        if any(isinstance(p.operation, SetParameter) for p in placed):
            # a setting is for the statements behind it, not for a transaction of its own
            connection.execute(sql.encode())
            return Observed({})
        with psycopg.connect(place.url, autocommit=True) as prober:
            if place.begun is None:
                return observe(connection, sql, prober=prober)
            return observe_within(connection, sql, begun=place.begun, prober=prober)
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
    #: the transaction that is open, and the relations that were there when it began
    open: object = None
    begun: Mapping[int, Relation] | None = None

    def enter(self, transaction: object) -> None:
        """Commits what is open, unless it is *transaction*, and begins that; None is one for each statement."""
        if transaction == self.open:
            return
        if self.open is not None:
            self.end("COMMIT")
        if transaction is not None:
            self.connection().execute("BEGIN")
            self.open, self.begun = transaction, relations(self.connection())

    def end(self, word: LiteralString) -> None:
        """Ends the transaction that is open as *word* says."""
        self.connection().execute(word)
        self.open, self.begun = None, None

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
