"""The states of a release, each a database: before the first step, between two steps and after the last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from uuid import uuid4

from safemigrate.errors import ExtensionMissing, RevisionFailed
from safemigrate.history import History
from safemigrate.history.execute import refused, upgrade
from safemigrate.history.statement import Phase, Revision
from safemigrate.plan.plan import Backfill, Step, StepKind
from safemigrate.schema.name import quoted
from safemigrate.server import Server
from safemigrate.verify.outcome import Refusal
from safemigrate.verify.release import Baseline, Release
from safemigrate.verify.session import Refused, Session
from safemigrate.verify.state import Stage, State


class StepRefused(Exception):
    """PostgreSQL refused the step that leads to *state*, on the rows that the versions wrote."""

    def __init__(self, state: State, refusal: Refusal) -> None:
        self.state = state
        self.refusal = refusal
        super().__init__(str(refusal))


@dataclass(frozen=True, slots=True)
class _Leg:
    """What lies between two states: one step, or all of a revision that only runs as a whole (no step)."""

    revision: Revision
    step: Step | None

    @property
    def phase(self) -> Phase:
        return self.revision.phase or Phase.EXPAND

    @property
    def backfill(self) -> Backfill | None:
        return self.step.backfill if self.step else None


def states_of(release: Release) -> tuple[State, ...]:
    """The states in the order a rollout passes through them."""
    legs = _legs(release)
    opened = max((at + 1 for at, leg in enumerate(legs) if leg.phase is not Phase.CONTRACT), default=0)
    states = [State("S0", _stage(0, opened))]
    for at, leg in enumerate(legs, start=1):
        state = State(
            f"S{at}",
            _stage(at, opened),
            step=leg.step.name if leg.step else leg.revision.id,
            phase=leg.phase,
            title=leg.revision.title,
            path=leg.revision.path,
            line=leg.step.statements[0].line if leg.step else 1,
        )
        if leg.backfill:
            states.append(replace(state, name=f"S{at - 1}.5", stage=_stage(at - 0.5, opened), half=True))
        states.append(state)
    return tuple(states)


def _stage(ran: float, opened: int) -> Stage:
    if ran < opened:
        return Stage.OPENING if ran else Stage.BEFORE
    return Stage.OPEN if ran == opened else Stage.CLOSING


def _legs(release: Release) -> tuple[_Leg, ...]:
    legs: list[_Leg] = []
    for revision in release.revisions:
        if revision.id in release.whole:
            legs.append(_Leg(revision, None))
        else:
            legs += [_Leg(revision, step) for step in release.plan.steps if step.revision.id == revision.id]
    return tuple(legs)


def walk(release: Release, server: Server) -> Iterator[tuple[State, str]]:
    """Each state with the URL of its database. What the caller commits there is in the states that follow.

    The database is gone when the next state is asked for, and must have no session by then.

    Raises:
        RevisionFailed: the revisions before the release do not run.
        ExtensionMissing: the server lacks what a revision creates.
        StepRefused: a step does not run on the rows that are there; the states behind it cannot be reached.
    """
    legs = iter(_legs(release))
    with _databases(server) as databases:
        url = databases.first()
        if release.baseline is not None:
            restore(release.history, release.baseline, url)
        upgrade(release.history, url, release.before)
        leg: _Leg | None = None
        for state in states_of(release):
            if state.step:
                # the half of a backfill and its rest belong to one leg
                rest = leg is not None and leg.backfill is not None and not state.half and state.step == _name(leg)
                leg = leg if rest else next(legs)
                assert leg is not None
                url = databases.following()
                try:
                    _run(leg, release, url, half=state.half)
                except Refused as error:
                    found = refused(f"{state.path}:{state.line}", error.refusal.message, error.refusal.sqlstate)
                    if isinstance(found, ExtensionMissing):
                        raise found from None
                    raise StepRefused(state, error.refusal) from None
                except RevisionFailed as error:
                    raise StepRefused(state, Refusal(error.sqlstate or "", error.reason)) from None
            yield state, databases.current


def at_head(history: History, url: str, schema_sql: str, schema_revision: str) -> None:
    """Bring the empty database at *url* to head, from the dump *schema_sql* on where there is one.

    Raises RevisionFailed or ExtensionMissing as upgrade does.
    """
    if schema_sql:
        restore(history, Baseline(schema_sql, schema_revision), url)
    upgrade(history, url, "head" if history.revisions else "base")


def _name(leg: _Leg) -> str:
    return leg.step.name if leg.step else leg.revision.id


def _run(leg: _Leg, release: Release, url: str, *, half: bool) -> None:
    if leg.step is None:
        upgrade(release.history, url, leg.revision.id)
        return
    with Session(url, statement_timeout_ms=0) as session:
        run_step(session, leg.step, half=half)
        last = [step for step in release.plan.steps if step.revision.id == leg.revision.id][-1]
        if leg.step is last and not half:
            stamp(session, leg.revision)


def run_step(session: Session, step: Step, *, half: bool = False) -> None:
    """Runs *step* as apply does, its backfill in one statement, or only *half* of its rows.

    Raises:
        Refused: PostgreSQL refuses a statement; what was in its transaction is undone.
    """
    if step.backfill is not None:
        session.run(_update(step.backfill, limit=_half(session, step.backfill) if half else None))
        return
    if step.kind is StepKind.TRANSACTION:
        with session.committed():
            for statement in step.statements:
                session.script(statement.sql)
        return
    for statement in step.statements:
        session.script(statement.sql)


def _update(backfill: Backfill, *, limit: int | None) -> str:
    table = backfill.table.sql()
    assignments = ", ".join(f"{quoted(column)} = {expression}" for column, expression in backfill.assignments)
    rows = f"({backfill.where})"
    if limit is not None:
        # a row of a partitioned table is told by its partition, too
        rows += f" AND (tableoid, ctid) IN (SELECT tableoid, ctid FROM {table} WHERE {rows} LIMIT {limit})"
    return f"UPDATE {table} SET {assignments} WHERE {rows}"


def _half(session: Session, backfill: Backfill) -> int:
    found = session.run(f"SELECT count(*) AS rows FROM {backfill.table.sql()} WHERE ({backfill.where})")
    return (int(found.first()["rows"] or 0) + 1) // 2


def restore(history: History, baseline: Baseline, url: str) -> None:
    """Begins with the dump of a history that did not start empty."""
    try:
        with Session(url, statement_timeout_ms=0) as session:
            for role in baseline.roles():
                known = session.run("SELECT 1 FROM pg_roles WHERE quote_ident(rolname) = $1", (role,))
                if not known.rows:
                    session.script(f"CREATE ROLE {role}")
            session.script(baseline.script())
    except Refused as error:
        raise refused("the baseline that schema names", error.refusal.message, error.refusal.sqlstate) from None
    if not baseline.revision:
        return
    last = history.by_id[history.resolve(baseline.revision)]
    with Session(url) as session:
        stamp(session, last)


def stamp(session: Session, revision: Revision) -> None:
    """Moves alembic_version as Alembic does, so that it can run the next revision."""
    session.script(
        "CREATE TABLE IF NOT EXISTS alembic_version "
        "(version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)"
    )
    with session.committed():
        for down in revision.down:
            session.run("DELETE FROM alembic_version WHERE version_num = $1", (down,))
        session.run("INSERT INTO alembic_version VALUES ($1)", (revision.id,))


class _Databases:
    """The database of the current state; the one before it is dropped when the next is made."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._names = (f"verify_{uuid4().hex[:8]}_{number}" for number in count())
        self.name = ""
        self.current = ""

    def first(self) -> str:
        self.name = next(self._names)
        self.current = self._server.create_database(self.name)
        return self.current

    def following(self) -> str:
        name = next(self._names)
        url = self._server.clone(self.name, name)
        self._server.drop_database(self.name)
        self.name, self.current = name, url
        return url

    def close(self) -> None:
        if self.name:
            self._server.drop_database(self.name)


@contextmanager
def _databases(server: Server) -> Iterator[_Databases]:
    databases = _Databases(server)
    try:
        yield databases
    finally:
        databases.close()
