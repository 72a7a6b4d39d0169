"""A backfill in batches by key: each batch commits with the cursor, takes about as long as the last, and pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import psycopg
from psycopg import errors

from safemigrate.apply import locks
from safemigrate.apply.events import BackfillMoved, Did, StepOutcome, TryFailed
from safemigrate.apply.fill import Fill, about_rows, has_columns
from safemigrate.apply.journal import Cursor
from safemigrate.apply.session import Connection
from safemigrate.apply.worker import Worker, place, refused
from safemigrate.errors import LockNotGranted, StepFailed, StepNotProven
from safemigrate.plan.plan import Step
from safemigrate.schema.name import quoted

#: a table without a key is filled by one statement, if it has no more rows than this
SMALL_TABLE_ROWS = 5000
#: a batch that takes longer than this is cancelled, and made smaller
_LONGEST_BATCH_MS = 5000
_PASSES = 3


def run_backfill(worker: Worker, step: Step, finish: Callable[[], None]) -> StepOutcome:
    """Fills the rows of *step*, from where an earlier run stopped. *finish* is called with its last journal row.

    Raises:
        StepFailed: PostgreSQL refused a row, or the table has no key to go by.
        StepNotProven: rows are left that the backfill should have filled.
        LockNotGranted: rows stayed locked for the whole lock budget.
    """
    began = time.monotonic()
    if not has_columns(worker.connection, step):
        # contracted already: there is nothing left to fill, or to fill from
        _write_done(worker, step, finish, 0)
        return _outcome(step, Did.FOUND_DONE, began, None, 1)
    _check_triggers(worker.connection, step)
    fill = Fill.of(worker.connection, step)
    filler = _Filler(worker, step, fill)
    cursor = filler.run()
    _write_done(worker, step, finish, cursor.rows_changed)
    return _outcome(step, Did.RAN, began, cursor, 1 + filler.failures)


class _Filler:
    """A backfill under way."""

    def __init__(self, worker: Worker, step: Step, fill: Fill) -> None:
        self.worker = worker
        self.step = step
        self.fill = fill
        self.failures = 0
        self._since = time.monotonic()
        self._seen_before = 0

    def run(self) -> Cursor:
        """The cursor behind the last batch; all rows are filled."""
        if not self.fill.key:
            return self._at_once()
        cursor = self.worker.journal.cursor(self.step) or self._start()
        for _ in range(_PASSES):
            cursor = self._pass(cursor)
            left = self.fill.left(self.worker.connection)
            if left == 0:
                return cursor
            # a load that bypassed the trigger, for one: another pass finds it
            cursor = self._restart(cursor)
        wanted = f"no row of {self.fill.table} is left to fill (there are {left})"
        raise StepNotProven(self.step.name, place(self.step.statements[0]), [wanted])

    def _start(self) -> Cursor:
        connection = self.worker.connection
        row = connection.execute(self.fill.newest().encode()).fetchone()
        upper = tuple(map(str, row)) if row else None
        cursor = Cursor(
            None, upper, 0, 0, about_rows(connection, self.fill.table), 0, self.worker.limits.first_batch_rows
        )
        return self._written(cursor)

    def _restart(self, cursor: Cursor) -> Cursor:
        return self._written(replace(self._start(), rows_changed=cursor.rows_changed, batches=cursor.batches))

    def _written(self, cursor: Cursor) -> Cursor:
        with self.worker.connection.transaction():
            self.worker.journal.fence()
            self.worker.journal.write_cursor(self.step, cursor)
        return cursor

    def _pass(self, cursor: Cursor) -> Cursor:
        """All batches from *cursor* on to the key that was the greatest when the pass began."""
        if cursor.upper_key is None:
            return cursor
        self._since, self._seen_before = time.monotonic(), cursor.rows_seen
        pauses = locks.pauses()
        blocked_since: float | None = None
        while True:
            began = time.monotonic()
            try:
                with self.worker.lookout.watching() as sighting:
                    following = self._batch(cursor)
            except (errors.LockNotAvailable, errors.DeadlockDetected, errors.QueryCanceled) as error:
                blocked_since = blocked_since or began
                cursor = replace(cursor, batch_rows=max(cursor.batch_rows // 2, self.worker.limits.batch_rows[0]))
                self._wait(error, blocked_since, next(pauses), tuple(sighting.blockers))
                continue
            except psycopg.Error as error:
                raise self._refused(error, cursor) from None
            pauses, blocked_since = locks.pauses(), None
            if following is None:
                return cursor
            took_ms = (time.monotonic() - began) * 1000
            cursor = replace(following, batch_rows=self._next_rows(following.batch_rows, took_ms))
            self._tell(cursor)
            time.sleep(took_ms / 1000 * self.worker.limits.nice)

    def _batch(self, cursor: Cursor) -> Cursor | None:
        """The cursor behind the next batch, which commits with it; None where no rows are left."""
        connection, limits = self.worker.connection, self.worker.limits
        assert cursor.upper_key is not None
        after = cursor.key or ()
        with connection.transaction():
            self.worker.journal.fence()
            connection.execute(
                "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
                (str(limits.lock_wait_ms(self.worker.server.deadlock_timeout_ms)), str(_LONGEST_BATCH_MS)),
            )
            end = connection.execute(
                self.fill.batch_end(cursor.key).encode(), (*after, *cursor.upper_key, cursor.batch_rows)
            ).fetchone()
            if end is None:
                return None
            key, seen = tuple(map(str, end[:-1])), int(end[-1])
            changed = connection.execute(self.fill.batch(cursor.key).encode(), (*after, *key)).rowcount
            following = replace(
                cursor,
                key=key,
                rows_seen=cursor.rows_seen + seen,
                rows_changed=cursor.rows_changed + changed,
                batches=cursor.batches + 1,
            )
            self.worker.journal.write_cursor(self.step, following)
        return following

    def _next_rows(self, rows: int, took_ms: float) -> int:
        """Toward a batch that takes what the limits say: slowly up, at once down."""
        (shortest, longest), (fewest, most) = self.worker.limits.batch_ms, self.worker.limits.batch_rows
        if took_ms > longest:
            rows = int(rows * max(longest / took_ms, 0.25))
        elif took_ms < shortest:
            rows = int(rows * 1.5)
        return min(max(rows, fewest), most)

    def _wait(self, error: psycopg.Error, since: float, pause_s: float, blockers: tuple[object, ...]) -> None:
        self.failures += 1
        spent_s = time.monotonic() - since
        if spent_s + pause_s > self.worker.limits.lock_budget_s:
            raise LockNotGranted(self.step.name, self.failures, spent_s, tuple(map(str, blockers)))
        reason = error.diag.message_primary or str(error)
        self.worker.observe(TryFailed(self.step.name, self.failures, reason, blockers, pause_s))  # type: ignore[arg-type]
        time.sleep(pause_s)

    def _refused(self, error: psycopg.Error, cursor: Cursor) -> Exception:
        """What PostgreSQL said, and behind which key; the row itself is not shown."""
        behind = f" behind {self.fill.columns} = {', '.join(cursor.key)}" if cursor.key else ""
        return refused(self.step, error, f", in the batch of {self.fill.table}{behind}")

    def _tell(self, cursor: Cursor) -> None:
        seconds = time.monotonic() - self._since
        rate = (cursor.rows_seen - self._seen_before) / seconds if seconds > 0 else 0.0
        self.worker.observe(
            BackfillMoved(
                self.step.name,
                self.fill.table,
                cursor.rows_seen,
                cursor.rows_changed,
                max(cursor.rows_total, cursor.rows_seen),
                rate,
                cursor.batch_rows,
            )
        )

    def _at_once(self) -> Cursor:
        """One statement, for a table without a key that is small; others are refused."""
        connection = self.worker.connection
        row = connection.execute(
            f"SELECT count(*) FROM (SELECT FROM {self.fill.table} LIMIT {SMALL_TABLE_ROWS + 1}) AS few".encode()
        ).fetchone()
        if row is None or row[0] > SMALL_TABLE_ROWS:
            raise StepFailed(
                self.step.name,
                place(self.step.statements[0]),
                f"{self.fill.table} has no primary key and no unique index over NOT NULL columns to go by",
                remedy="Give it one, which may be done concurrently, or fill it by hand; then run the same command.",
            )
        with connection.transaction():
            self.worker.journal.fence()
            connection.execute(
                "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
                (str(self.worker.limits.lock_timeout_ms), str(_LONGEST_BATCH_MS)),
            )
            try:
                changed = connection.execute(self.fill.at_once().encode(), ()).rowcount
            except psycopg.Error as error:
                raise self._refused(error, Cursor(None, None, 0, 0, 0, 0, 0)) from None
        return Cursor(None, None, int(row[0]), changed, int(row[0]), 1, 0)


def _check_triggers(connection: Connection, step: Step) -> None:
    """A sync trigger that is switched off would let rows slip through behind the cursor."""
    assert step.backfill is not None
    row = connection.execute(
        "SELECT tgname FROM pg_trigger "
        "WHERE tgrelid = to_regclass(%s) AND tgname LIKE %s AND tgenabled = 'D' LIMIT 1",
        (step.backfill.table.sql(), r"zzz\_safemigrate\_%"),
    ).fetchone()
    if row is not None:
        table = step.backfill.table.sql()
        remedy = f"Run ALTER TABLE {table} ENABLE TRIGGER {quoted(row[0])}, and the same command again."
        reason = f'the trigger "{row[0]}" on {table} is disabled'
        raise StepFailed(step.name, place(step.statements[0]), reason, remedy=remedy)


def _write_done(worker: Worker, step: Step, finish: Callable[[], None], rows: int) -> None:
    with worker.connection.transaction():
        worker.journal.fence()
        worker.journal.write(step, "done", rows=rows)
        finish()


def _outcome(step: Step, did: Did, began: float, cursor: Cursor | None, tries: int) -> StepOutcome:
    return StepOutcome(
        step.name,
        step.revision.id,
        step.phase,
        step.kind.value,
        did,
        tries=tries,
        ran_ms=(time.monotonic() - began) * 1000,
        rows=cursor.rows_changed if cursor else 0,
        batches=cursor.batches if cursor else 0,
    )
