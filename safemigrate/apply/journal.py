"""The journal: what apply did on a database, kept in that database, each row in the transaction of what it tells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from safemigrate.apply.session import JOURNAL_SCHEMA, Connection
from safemigrate.errors import ServerUnfit, Superseded
from safemigrate.history import Phase
from safemigrate.plan.plan import Step
from safemigrate.schema.name import literal, quoted

_TABLES = """
CREATE TABLE IF NOT EXISTS {schema}.run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phase text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'stopped', 'superseded')),
    reason text,
    application_name text NOT NULL,
    backend_pid integer NOT NULL DEFAULT pg_backend_pid(),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    evidence jsonb
);
CREATE TABLE IF NOT EXISTS {schema}.step (
    revision text NOT NULL,
    number integer NOT NULL,
    phase text NOT NULL,
    digest text NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'done')),
    -- set once the version row has moved past the revision: from there on, the version row decides
    closed boolean NOT NULL DEFAULT false,
    run bigint NOT NULL REFERENCES {schema}.run,
    tries integer NOT NULL DEFAULT 1,
    longest_lock_wait_ms double precision NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    rows bigint,
    PRIMARY KEY (revision, number)
);
CREATE TABLE IF NOT EXISTS {schema}.backfill (
    revision text NOT NULL,
    number integer NOT NULL,
    digest text NOT NULL,
    key jsonb,
    upper_key jsonb,
    rows_seen bigint NOT NULL DEFAULT 0,
    rows_changed bigint NOT NULL DEFAULT 0,
    rows_total bigint NOT NULL DEFAULT 0,
    batches bigint NOT NULL DEFAULT 0,
    batch_rows integer NOT NULL,
    closed boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (revision, number)
);
"""
TABLE_NAMES = ("run", "step", "backfill")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a backfill came. *key* is the last key of the last batch, *upper_key* where it ends."""

    key: tuple[str, ...] | None
    upper_key: tuple[str, ...] | None
    rows_seen: int
    rows_changed: int
    rows_total: int
    batches: int
    batch_rows: int


def digest(step: Step) -> str:
    """What a step is: the text that it runs."""
    text = "\0".join(statement.sql for statement in step.statements)
    return hashlib.sha256(f"{step.kind}\0{step.backfill}\0{text}".encode()).hexdigest()


class Journal:
    """The journal of one database. Read without a run; written once *begin* has given it one."""

    def __init__(self, connection: Connection, schema: str = JOURNAL_SCHEMA) -> None:
        self._connection = connection
        self.schema = schema
        self.run: int | None = None

    # -- reading ----------------------------------------------------------------------------------------------

    def exists(self) -> bool:
        """Whether all tables are there and may be read."""
        row = self._execute(
            "SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = to_regnamespace(%s) AND c.relname = ANY (%s)",
            quoted(self.schema),
            list(TABLE_NAMES),
        ).fetchone()
        return row is not None and row[0] == len(TABLE_NAMES)

    def done(self, steps: Sequence[Step]) -> frozenset[str]:
        """The names of those of *steps* that are done, as they stand, and whose revision is not."""
        if not self.exists():
            return frozenset()
        rows = self._execute(
            "SELECT revision, number, digest FROM {schema}.step WHERE state = 'done' AND NOT closed"
        ).fetchall()
        known = {(revision, number, text) for revision, number, text in rows}
        return frozenset(s.name for s in steps if (s.revision.id, s.number, digest(s)) in known)

    def was_left(self, step: Step) -> bool:
        """Whether an earlier run began *step*, as it stands, and never said how it ended."""
        row = self._execute(
            "SELECT EXISTS (SELECT FROM {schema}.step WHERE revision = %s AND number = %s AND digest = %s "
            "AND state = 'started' AND NOT closed AND run <> %s)",
            step.revision.id,
            step.number,
            digest(step),
            self.run,
        ).fetchone()
        return row is not None and bool(row[0])

    def remedy(self, step: Step) -> str:
        """How a person says how *step* ended."""
        row = f"{quoted(self.schema)}.step"
        where = f"revision = {literal(step.revision.id)} AND number = {step.number}"
        return (
            f"If it was done, UPDATE {row} SET state = 'done' WHERE {where}; "
            f"if not, DELETE FROM {row} WHERE {where}. Then run the same command again."
        )

    def forget_start(self, step: Step) -> None:
        """Takes back that *step* was begun, where PostgreSQL refused it."""
        self._execute(
            "DELETE FROM {schema}.step WHERE revision = %s AND number = %s AND state = 'started' AND run = %s",
            step.revision.id,
            step.number,
            self.run,
        )

    def cursor(self, step: Step) -> Cursor | None:
        """How far the backfill of *step* came, None where it never began as it stands now."""
        if not self.exists():
            return None
        row = self._execute(
            """
            SELECT key, upper_key, rows_seen, rows_changed, rows_total, batches, batch_rows FROM {schema}.backfill
            WHERE revision = %s AND number = %s AND digest = %s AND NOT closed
            """,
            step.revision.id,
            step.number,
            digest(step),
        ).fetchone()
        if row is None:
            return None
        key, upper, *numbers = row
        return Cursor(tuple(key) if key else None, tuple(upper) if upper else None, *numbers)

    def last_run(self) -> tuple[Any, ...] | None:
        """The last run: id, phase, state, reason, started_at, ended_at."""
        if not self.exists():
            return None
        return self._execute(
            "SELECT id, phase, state, reason, started_at, ended_at FROM {schema}.run ORDER BY id DESC LIMIT 1"
        ).fetchone()

    # -- writing ----------------------------------------------------------------------------------------------

    def create(self) -> None:
        """Makes the journal where there is none.

        Raises:
            ServerUnfit: the role may not.
        """
        if self.exists():
            return
        try:
            with self._connection.transaction():
                row = self._execute("SELECT to_regnamespace(%s) IS NOT NULL", quoted(self.schema)).fetchone()
                if row is None or not row[0]:
                    self._execute("CREATE SCHEMA {schema}")
                for statement in _TABLES.split(";\n"):
                    if statement.strip():
                        self._execute(statement)
        except psycopg.errors.InsufficientPrivilege as error:
            raise ServerUnfit(
                f'the journal cannot be kept in the schema "{self.schema}": {error.diag.message_primary}.',
                remedy="Give the role CREATE on the database, or a schema of its own with --journal-schema.",
            ) from None

    def begin(self, phase: Phase, application_name: str) -> int:
        """Opens a run and ends all others: from here on their fence holds them back."""
        with self._connection.transaction():
            self._execute(
                "UPDATE {schema}.run SET state = 'superseded', ended_at = clock_timestamp() WHERE state = 'running'"
            )
            row = self._execute(
                "INSERT INTO {schema}.run (phase, application_name) VALUES (%s, %s) RETURNING id",
                phase.value,
                application_name,
            ).fetchone()
        assert row is not None
        self.run = int(row[0])
        return self.run

    def name_run(self, application_name: str) -> None:
        self._execute("UPDATE {schema}.run SET application_name = %s WHERE id = %s", application_name, self.run)

    def end(self, state: str, reason: str | None = None) -> None:
        """Closes the run, unless another one has superseded it."""
        self._execute(
            "UPDATE {schema}.run SET state = %s, reason = %s, ended_at = clock_timestamp() "
            "WHERE id = %s AND state = 'running'",
            state,
            reason,
            self.run,
        )

    def keep_evidence(self, evidence: Sequence[object]) -> None:
        """Writes down what the gates said."""
        self._execute("UPDATE {schema}.run SET evidence = %s::jsonb WHERE id = %s", json.dumps(evidence), self.run)

    def fence(self) -> None:
        """Holds the run's row to the end of the transaction.

        Raises:
            Superseded: a later run has taken over.
        """
        row = self._execute("SELECT state FROM {schema}.run WHERE id = %s FOR UPDATE", self.run).fetchone()
        if row is None or row[0] != "running":
            raise Superseded(self.run or 0)

    def write(
        self,
        step: Step,
        state: str,
        *,
        tries: int = 1,
        longest_lock_wait_ms: float = 0.0,
        rows: int | None = None,
    ) -> None:
        """Writes the row of *step*, in the transaction that is open."""
        self._execute(
            """
            INSERT INTO {schema}.step AS known
                (revision, number, phase, digest, state, run, tries, longest_lock_wait_ms, rows, ended_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, CASE WHEN %s = 'done' THEN clock_timestamp() END)
            ON CONFLICT (revision, number) DO UPDATE SET
                phase = EXCLUDED.phase, digest = EXCLUDED.digest, state = EXCLUDED.state, run = EXCLUDED.run,
                tries = EXCLUDED.tries, longest_lock_wait_ms = EXCLUDED.longest_lock_wait_ms, rows = EXCLUDED.rows,
                ended_at = EXCLUDED.ended_at, closed = false,
                started_at = CASE WHEN EXCLUDED.state = 'started' OR known.closed THEN EXCLUDED.started_at
                                  ELSE known.started_at END
            """,
            step.revision.id,
            step.number,
            step.phase.value,
            digest(step),
            state,
            self.run,
            tries,
            longest_lock_wait_ms,
            rows,
            state,
        )

    def close(self, revision: str) -> None:
        """Says that the version row has moved past *revision*, in the transaction that moves it."""
        self._execute("UPDATE {schema}.step SET closed = true WHERE revision = %s", revision)
        self._execute("UPDATE {schema}.backfill SET closed = true WHERE revision = %s", revision)

    def write_cursor(self, step: Step, cursor: Cursor) -> None:
        """Writes how far a backfill came, in the transaction of its batch."""
        self._execute(
            """
            INSERT INTO {schema}.backfill AS known
                (revision, number, digest, key, upper_key, rows_seen, rows_changed, rows_total, batches, batch_rows)
            VALUES (%s, %s, %s, %s::jsonb, %s::jsonb, %s, %s, %s, %s, %s)
            ON CONFLICT (revision, number) DO UPDATE SET
                digest = EXCLUDED.digest, key = EXCLUDED.key, upper_key = EXCLUDED.upper_key,
                rows_seen = EXCLUDED.rows_seen, rows_changed = EXCLUDED.rows_changed,
                rows_total = EXCLUDED.rows_total, batches = EXCLUDED.batches, batch_rows = EXCLUDED.batch_rows,
                closed = false, moved_at = clock_timestamp(),
                started_at = CASE WHEN EXCLUDED.key IS NULL THEN clock_timestamp() ELSE known.started_at END
            """,
            step.revision.id,
            step.number,
            digest(step),
            json.dumps(cursor.key) if cursor.key is not None else None,
            json.dumps(cursor.upper_key) if cursor.upper_key is not None else None,
            cursor.rows_seen,
            cursor.rows_changed,
            cursor.rows_total,
            cursor.batches,
            cursor.batch_rows,
        )

    def _execute(self, query: str, *parameters: object) -> psycopg.Cursor[tuple[Any, ...]]:
        text = query.replace("{schema}", quoted(self.schema))
        return self._connection.execute(text.encode(), parameters or None)
