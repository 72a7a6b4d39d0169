"""The locks of a statement that commits in between, or that no transaction takes: seen by a session beside it.

Such a statement (CREATE INDEX CONCURRENTLY, VACUUM …) does not hold its locks to an end where they could be read.
It is run again and again, each time on a fresh database and against a holder of one lock on one table, so that
it stops where it asks for a lock that conflicts, while a third session looks on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql as composed

from safemigrate.schema import LockMode, Name
from safemigrate.verify.observe import Observed, observed
from safemigrate.verify.relations import Connection, Relation, held, relations, strongest

#: how long a statement waits before it is believed that it waits for the holder, and how often is looked
SETTLED_S = 0.04
LOOK_S = 0.002
#: a statement that has not ended by then, with nobody in its way, is given up
GIVEN_UP_S = 30.0

#: what a holder holds: between them, each mode that a statement may ask for meets one that it conflicts with
_HELD = (LockMode.ACCESS_SHARE, LockMode.ROW_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE)


def observe_concurrent(
    make_database: Callable[[], str], sql: str, *, tables: Collection[Name] | None = None
) -> Observed:
    """What *sql* locks and does, run outside a transaction on databases that *make_database* returns URLs of.

    Each is as the statement finds it. *tables* are those that may be locked, where that is known. Only what
    changes files is seen of its work. Raises psycopg.Error where PostgreSQL refuses the statement.
    """
    url = make_database()
    with psycopg.connect(url, autocommit=True) as watcher:
        before = relations(watcher)
        names = {oid: relation.name for oid, relation in before.items()}
        seen = dict(_run(watcher, url, sql, None))
        now = relations(watcher)
    result = observed(before, now, seen)
    locks = dict(result.locks)
    lockable = [relation for relation in before.values() if relation.kind in "rpm"]
    for table in [relation for relation in lockable if tables is None or relation.name in tables]:
        for mode in _HELD:
            url = make_database()
            with psycopg.connect(url, autocommit=True) as watcher:
                # the same statements made both databases, but not the same oids
                here = {oid: r.name for oid, r in relations(watcher).items() if r.kind in "rpmvf"}
                for oid, taken in _run(watcher, url, sql, _Holding(table, mode)).items():
                    if oid in here and here[oid] in names.values():
                        name = here[oid]
                        locks[name] = max(locks.get(name, taken), taken)
    return replace(result, locks=locks, indexes={}, held=False)


@dataclass(frozen=True, slots=True)
class _Holding:
    """A lock that somebody else holds meanwhile."""

    table: Relation
    mode: LockMode


@dataclass(slots=True)
class _Running:
    """The statement at work in a thread; *error* is what PostgreSQL said, if it refused."""

    pid: int
    thread: threading.Thread
    errors: list[psycopg.Error] = field(default_factory=list)


def _run(watcher: Connection, url: str, sql: str, holding: _Holding | None) -> dict[int, LockMode]:
    """The strongest lock on each relation that the statement held or waited for, by oid."""
    seen: list[tuple[int, LockMode]] = []
    with _holder(url, holding) as release, psycopg.connect(url, autocommit=True) as connection:
        running = _started(connection, sql)
        deadline, waiting_since = time.monotonic() + GIVEN_UP_S, None
        while running.thread.is_alive():
            seen += held(watcher, running.pid).items()
            now = time.monotonic()
            waiting_since = (waiting_since or now) if _waits(watcher, running.pid) else None
            if waiting_since is not None and now - waiting_since > SETTLED_S:
                release()
            if now > deadline:
                connection.cancel_safe()
            time.sleep(LOOK_S)
        running.thread.join()
        if running.errors:
            raise running.errors[0]
    return strongest(seen)


def _started(connection: Connection, sql: str) -> _Running:
    errors: list[psycopg.Error] = []

    def work() -> None:
        try:
            connection.execute(sql)
        except psycopg.Error as error:
            errors.append(error)

    running = _Running(connection.info.backend_pid, threading.Thread(target=work, daemon=True), errors)
    running.thread.start()
    return running


@contextmanager
def _holder(url: str, holding: _Holding | None) -> Iterator[Callable[[], None]]:
    """A session that holds a lock, and what makes it let go."""
    if holding is None:
        yield lambda: None
        return
    table = composed.Identifier(*filter(None, (holding.table.name.schema, holding.table.name.name)))
    with psycopg.connect(url) as connection:
        # a query locks the indexes of the table, too, and what came later is not to be seen
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(composed.SQL("SELECT FROM ONLY {}").format(table))
        if holding.mode > LockMode.ACCESS_SHARE and holding.table.kind in "rp":
            mode = composed.SQL(str(holding.mode))
            connection.execute(composed.SQL("LOCK TABLE ONLY {} IN {} MODE").format(table, mode))
        yield connection.rollback
        connection.rollback()


def _waits(watcher: Connection, pid: int) -> bool:
    row = watcher.execute("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone()
    return row is not None and bool(row[0])
