"""Where a database stands in its history, who is connected to it, and what comes next; nothing is changed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

from safemigrate.apply import position as at
from safemigrate.apply.activity import by_name, connected
from safemigrate.apply.engine import Project
from safemigrate.apply.journal import Journal
from safemigrate.apply.pending import Pending, read_pending, told
from safemigrate.apply.progress import State, progress_of, state_of
from safemigrate.apply.session import APPLICATION_PREFIX, Connection, connect, lock_holder, lock_key, refusals
from safemigrate.history import Phase
from safemigrate.plan.plan import Step


@dataclass(frozen=True, slots=True)
class StepStatus:
    """A step and its state. *rows_seen* of about *rows_total* tell how far a backfill came."""

    name: str
    kind: str
    state: State
    sql: str
    rows_seen: int | None = None
    rows_total: int | None = None


@dataclass(frozen=True, slots=True)
class RevisionStatus:
    """A pending revision. *whole* says why Alembic will run it instead of steps."""

    id: str
    phase: Phase
    title: str
    steps: tuple[StepStatus, ...]
    whole: str = ""


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the journal says of the last apply. A run that says *running* without a holder was killed."""

    id: int
    phase: str
    state: str
    reason: str | None
    started_at: datetime.datetime
    ended_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """A database in its history. *applying* names the session of an apply at work, empty for none."""

    database: str
    postgres: int
    rows: tuple[str, ...]
    revisions: int
    pending: tuple[RevisionStatus, ...]
    connected: Mapping[str, int] = field(default_factory=dict)
    applying: str = ""
    last_run: LastRun | None = None

    @property
    def next_phase(self) -> Phase | None:
        return self.pending[0].phase if self.pending else None

    @property
    def next_command(self) -> str:
        """What to run next, empty where nothing is pending."""
        if self.next_phase is None:
            return ""
        return f"safemigrate apply --phase {self.next_phase}"


def read_status(project: Project) -> Status:
    """The status of the project's database. A standby answers as well as its primary.

    Raises:
        DatabaseError: it cannot be reached, or is at a revision that the history does not hold.
    """
    name = f"{APPLICATION_PREFIX}status"
    session = connect(project.environment, application_name=name, journal_schema=project.journal_schema)
    with closing(session) as opened, refusals(opened, "the look at the database"):
        opened.execute("SET default_transaction_read_only = on")
        table = at.find_version_table(opened, project.environment.version_table, project.history)
        position = at.read_position(opened, table, project.history)
        journal = Journal(opened, project.journal_schema)
        pending = read_pending(project.history, position, project.conditions)
        row = opened.execute(
            "SELECT current_database(), current_setting('server_version_num')::int / 10000"
        ).fetchone()
        database, major = row or ("", 0)
        last = journal.last_run()
        return Status(
            database=database,
            postgres=major,
            rows=position.rows,
            revisions=len(project.history.revisions),
            # only the first pending revision can be half done
            pending=tuple(_revision(opened, journal, each, first=n == 0) for n, each in enumerate(pending)),
            connected=by_name(connected(opened)),
            applying=lock_holder(opened, lock_key(table)),
            last_run=LastRun(*last) if last else None,
        )


def _revision(connection: Connection, journal: Journal, pending: Pending, *, first: bool) -> RevisionStatus:
    steps: tuple[StepStatus, ...] = ()
    if not pending.whole:
        states = _states(connection, journal, pending) if first else [State.OPEN] * len(pending.steps)
        steps = tuple(_step(journal, step, state) for step, state in zip(pending.steps, states, strict=True))
    revision = pending.revision
    return RevisionStatus(revision.id, pending.phase, revision.title, steps, pending.whole)


def _states(connection: Connection, journal: Journal, pending: Pending) -> list[State]:
    progress = progress_of(connection, journal, pending.steps)
    return [state_of(connection, journal, progress, step) for step in pending.steps]


def _step(journal: Journal, step: Step, state: State) -> StepStatus:
    cursor = journal.cursor(step) if step.backfill is not None else None
    return StepStatus(
        step.name,
        step.kind.value,
        state,
        told(step),
        cursor.rows_seen if cursor else None,
        cursor.rows_total if cursor else None,
    )
