"""The two questions of a rule's page that PostgreSQL answers: are the marks true, and are the locks the model's.

Each function returns sentences, one for each disagreement, and none where all agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import groupby
from uuid import uuid4

import psycopg
from psycopg import sql

from safemigrate.history.statement import Phase
from safemigrate.rulebook import Hazard, Placed, Run
from safemigrate.schema import combined, footprint
from safemigrate.schema.catalog import differences, snapshot
from safemigrate.schema.operations import Unreadable
from safemigrate.server import Server
from safemigrate.verify.observe import Connection, disagreements, observe
from safemigrate.verify.story import Step, Story

Complaints = tuple[str, ...]
MakeDatabase = Callable[[], Connection]

# what a statement marked once may find
_THERE_ALREADY = (psycopg.errors.DuplicateObject,)


def database_agrees(story: Story, server: Server) -> Complaints:
    """On a real server the marks are true, and the phases do what the migration does without harm.

    The old version must fail, or be answered otherwise, after a migration marked breaks-old, and only then. One
    marked fails must be refused. Both versions must work after expand and after migrate, the new one after
    contract, and the last schema must be the migration's.
    """
    missing = _missing_fences(story)
    with _databases(server, story) as make:
        # asked for twice and run once, behind what is asked before it: roles are the whole server's
        migrated = cache(partial(_migrated, story, make))
        return (*missing, *_plain_agrees(story, make, migrated), *_phases_agree(story, make, migrated))


def _missing_fences(story: Story) -> Iterator[str]:
    place = f"{story.path}:{story.example.line}"
    if not story.migration:
        yield f"{place}: the example has no migration."
    if Hazard.BREAKS_OLD in story.marks and not story.old_app:
        yield f"{place}: breaks-old needs an old-app: what does the running version send that breaks?"
    if Hazard.BREAKS_OLD in story.marks and story.phases and not story.new_app:
        yield f"{place}: the phases need a new-app: what does the next version send?"


@dataclass(frozen=True, slots=True)
class _Migrated:
    """A database that the migration ran on; where rows *refused* it, one without rows, which may do so *still*."""

    connection: Connection
    refused: str = ""
    still: str = ""


Migrate = Callable[[], _Migrated]


def _migrated(story: Story, make: MakeDatabase) -> _Migrated:
    connection = make()
    refused = _migrate(story, connection)
    if not refused:
        return _Migrated(connection)
    empty = _emptied(make())
    return _Migrated(empty, refused, _migrate(story, empty))


def _plain_agrees(story: Story, make: MakeDatabase, migrate: Migrate) -> Iterator[str]:
    before = _answer(make(), story.old_app)
    if before.error:
        yield f"{story.path}: the old version fails before anything has run: {before.error}"
        return
    if Hazard.BREAKS_NEW in story.marks and not _answer(make(), story.new_app).error:
        yield f"{story.path}: marked breaks-new, yet the new version works before the migration."
    migrated = migrate()
    if Hazard.FAILS in story.marks:
        if not migrated.refused:
            yield f"{story.path}: marked fails, yet PostgreSQL takes it. Are there rows in given?"
            return
        before = _answer(_emptied(make()), story.old_app)
    elif migrated.refused:
        yield f"{story.path}: PostgreSQL refuses the migration, which is not marked fails: {migrated.refused}"
        return
    if migrated.still:
        return
    yield from _old_version_agrees(story, before, _answer(migrated.connection, story.old_app))
    after = _answer(migrated.connection, story.new_app)
    if after.error:
        yield f"{story.path}: the new version fails after the migration: {after.error}"


def _old_version_agrees(story: Story, before: _Answer, after: _Answer) -> Iterator[str]:
    broken = after.error or ("it is answered otherwise" if after.rows != before.rows else "")
    if Hazard.BREAKS_OLD in story.marks and not broken:
        yield f"{story.path}: marked breaks-old, yet the old version works after the migration as before."
    if Hazard.BREAKS_OLD not in story.marks and broken:
        yield f"{story.path}: not marked breaks-old, yet after the migration the old version breaks: {broken}"


def _phases_agree(story: Story, make: MakeDatabase, migrate: Migrate) -> Iterator[str]:
    if not story.phases:
        return
    connection = make()
    for phase in Phase:
        for step in story.phases.get(phase, ()):
            if refused := _run(connection, step, together=all(marked.transactional for marked in step)):
                yield f"{story.place(step[0])}\n  {phase} is refused: {refused}"
                return
        old = _answer(connection, story.old_app).error if phase is not Phase.CONTRACT else ""
        new = _answer(connection, story.new_app).error
        for version, error in (("old", old), ("new", new)):
            if error:
                yield f"{story.path}: after {phase} the {version} version fails: {error}"
    migrated = migrate()
    if migrated.still:
        return
    for difference in differences(snapshot(migrated.connection), snapshot(connection)):
        yield f"{story.path}: after contract, {difference}"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a version gets for its statements: the rows of each in no order, or the first error."""

    rows: tuple[tuple[str, ...], ...] = ()
    error: str = ""


def _answer(connection: Connection, statements: Step) -> _Answer:
    """What the server answers to *statements*, of which nothing remains."""
    rows = []
    try:
        with connection.transaction(force_rollback=True):
            for marked in statements:
                cursor = connection.execute(marked.text)
                if cursor.description is not None:
                    names = ", ".join(column.name for column in cursor.description)
                    rows.append((names, *sorted(map(repr, cursor.fetchall()))))
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return _Answer(error=f"{marked.head}: {_said(error)}")
    return _Answer(tuple(rows))


def _migrate(story: Story, connection: Connection) -> str:
    """Runs the migration as Alembic does; what PostgreSQL says if it refuses, else an empty text."""
    for step in story.transactions():
        if refused := _run(connection, step, together=not step[0].autocommit):
            return refused
    return ""


def _run(connection: Connection, step: Step, *, together: bool) -> str:
    """Runs one step, *together* in a transaction; what PostgreSQL says if it refuses, else an empty text.

    The driver opens the transaction, as it does for Alembic: behind a COMMIT of the step's own it opens another.
    """
    try:
        if connection.autocommit is together:
            connection.autocommit = not together
        for marked in step:
            connection.execute(marked.text)
        if together:
            connection.commit()
            connection.autocommit = True
    except psycopg.Error as error:
        connection.rollback()
        connection.autocommit = True
        return _said(error)
    return ""


def _emptied(connection: Connection) -> Connection:
    """The same database without rows: what only rows refuse passes there."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    for schema, table in tables:
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(str(schema), str(table))))
    return connection


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)


@contextmanager
def _databases(server: Server, story: Story) -> Iterator[MakeDatabase]:
    """Makes connections in autocommit, each to a database of its own that holds what the example gives."""
    with ExitStack() as stack:

        def make() -> Connection:
            name = f"page_{uuid4().hex}"
            url = server.create_database(name)
            stack.callback(server.drop_database, name)
            connection = stack.enter_context(psycopg.connect(url, autocommit=True))
            for marked in story.given:
                with suppress(*_THERE_ALREADY if marked.once else ()):
                    connection.execute(marked.text)
            return connection

        yield make


# -- 5: the locks and the work are the model's ---------------------------------------------------------------------


def locks_agree(story: Story, server: Server) -> Complaints:
    """Every statement that a transaction takes locks what the model says, and does the work that it says."""
    with _databases(server, story) as make:
        connection = make()
        if Hazard.FAILS in story.marks:
            _emptied(connection)
        found = tuple(_observed(story, connection, story.runs(), server))
        phases = story.phase_runs()
        return (*found, *_observed(story, make(), phases, server)) if phases else found


def _observed(story: Story, connection: Connection, runs: Iterable[Run], server: Server) -> Iterator[str]:
    for run in runs:
        for statement, group in groupby(run.operations, key=lambda placed: placed.statement):
            placed = tuple(group)
            place = f"{story.path}:{statement.line}: {statement.sql.splitlines()[0]}"
            try:
                yield from (f"{place}\n  {said}" for said in _compared(story, connection, placed, server))
            except psycopg.Error as error:
                if Hazard.FAILS not in story.marks:
                    yield f"{place}\n  {_said(error)}"
                return


def _compared(story: Story, connection: Connection, placed: tuple[Placed, ...], server: Server) -> Complaints:
    text = placed[0].statement.sql
    if not all(p.operation.runs_in_transaction for p in placed):
        connection.execute(text)
        return ()
    observed = observe(connection, text)
    if any(isinstance(p.operation, Unreadable) for p in placed):
        return ()
    # an index by itself, or the parent of a partition, does not tell of tables that the history never made
    hidden = {t for t in story.unseen if not re.search(rf"(?<!\w){re.escape(t.name)}(?!\w)", text)}
    observed = replace(observed, existing=observed.existing - hidden)
    model = combined(footprint(p.operation, p.before, postgres=server.major) for p in placed)
    return disagreements(model, observed, unseen=story.unseen)
