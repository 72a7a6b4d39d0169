"""Who stands in the way: asked on a second session, while the first one waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from safemigrate.apply.events import Blocker
from safemigrate.apply.session import Connection
from safemigrate.schema import LockMode

_QUERY_CHARACTERS = 80
_POLL_S = 0.04
_TELL_EVERY_S = 5.0

# who conflicts with whom. Source: PostgreSQL 15 manual, table 13.2
_CONFLICTS = {
    LockMode.ACCESS_SHARE: (LockMode.ACCESS_EXCLUSIVE,),
    LockMode.ROW_SHARE: (LockMode.EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE),
    LockMode.ROW_EXCLUSIVE: tuple(mode for mode in LockMode if mode >= LockMode.SHARE),
    LockMode.SHARE_UPDATE_EXCLUSIVE: tuple(mode for mode in LockMode if mode >= LockMode.SHARE_UPDATE_EXCLUSIVE),
    LockMode.SHARE: tuple(m for m in LockMode if m >= LockMode.ROW_EXCLUSIVE and m is not LockMode.SHARE),
    LockMode.SHARE_ROW_EXCLUSIVE: tuple(mode for mode in LockMode if mode >= LockMode.ROW_EXCLUSIVE),
    LockMode.EXCLUSIVE: tuple(mode for mode in LockMode if mode >= LockMode.ROW_SHARE),
    LockMode.ACCESS_EXCLUSIVE: tuple(LockMode),
}

_SESSION = """
    a.pid, coalesce(a.application_name, ''), coalesce(a.state, ''),
    extract(epoch from clock_timestamp() - a.xact_start)::float8, coalesce(a.query, '')
"""
# while CREATE INDEX CONCURRENTLY waits for an old snapshot, the holder is found by pg_blocking_pids, too
_BLOCKING = f"""
    SELECT {_SESSION} FROM pg_stat_activity AS a
    WHERE a.pid = ANY (pg_blocking_pids(%s)) AND a.pid <> %s ORDER BY a.pid
"""
_HOLDING = f"""
    SELECT DISTINCT {_SESSION} FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.relation = to_regclass(%s) AND l.mode = ANY (%s)
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND a.pid <> %s AND a.pid <> pg_backend_pid()
    ORDER BY 1
"""


class Lookout:
    """The second session. *worker* is the process id of the first one."""

    def __init__(self, connection: Connection, worker: int) -> None:
        self._connection = connection
        self._worker = worker
        self._lock = threading.Lock()

    def holding(self, table: str, mode: LockMode) -> tuple[Blocker, ...]:
        """Who holds or awaits a lock on *table* (as written) that conflicts with *mode*."""
        modes = [_spelled(conflicting) for conflicting in _CONFLICTS[mode]]
        return self._ask(_HOLDING, (table, modes, self._worker))

    def blocking(self) -> tuple[Blocker, ...]:
        """Whom the worker waits for now."""
        return self._ask(_BLOCKING, (self._worker, self._worker))

    @contextmanager
    def watching(self, tell: Callable[[float, tuple[Blocker, ...]], None] | None = None) -> Iterator[Sighting]:
        """Looks out while the body of the context waits; *tell* is called every few seconds somebody blocks."""
        sighting = Sighting()
        over = threading.Event()

        def look() -> None:
            began = told = time.monotonic()
            while not over.wait(_POLL_S if tell is None else 10 * _POLL_S):
                seen = self.blocking()
                sighting.blockers = seen or sighting.blockers
                now = time.monotonic()
                if seen and tell is not None and now - told >= _TELL_EVERY_S:
                    told = now
                    tell(now - began, seen)

        thread = threading.Thread(target=look, name="safemigrate-lookout", daemon=True)
        thread.start()
        try:
            yield sighting
        finally:
            over.set()
            thread.join(timeout=5)

    def _ask(self, query: str, parameters: tuple[object, ...]) -> tuple[Blocker, ...]:
        with self._lock:
            try:
                rows = self._connection.execute(query.encode(), parameters).fetchall()
            except psycopg.Error:
                # who blocks is worth knowing, and not worth failing for
                return ()
        return tuple(Blocker(pid, name, state, age, _short(text)) for pid, name, state, age, text in rows)


class Sighting:
    """Whom a lookout saw last."""

    def __init__(self) -> None:
        self.blockers: tuple[Blocker, ...] = ()


def _spelled(mode: LockMode) -> str:
    """The mode as pg_locks has it: ``AccessExclusiveLock``."""
    return mode.name.title().replace("_", "") + "Lock"


def _short(query: str) -> str:
    text = " ".join(query.split())
    return text if len(text) <= _QUERY_CHARACTERS else text[: _QUERY_CHARACTERS - 1] + "…"
