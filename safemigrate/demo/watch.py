"""Who waits for a lock of the migration, and for how long, as the server itself tells it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType

import psycopg

INTERVAL_S = 0.004

#: what application_name begins with in every process of the shop, in either version, and in who reads long
APPLICATION, READER = "shop@", "report@"

# pg_locks and pg_blocking_pids() stop the lock manager for a moment: they are asked only about those who wait
SAMPLE = """
    SELECT pid,
           application_name,
           CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END,
           CASE WHEN wait_event_type = 'Lock'
                THEN (SELECT min(extract(epoch FROM waitstart))::float8 FROM pg_locks
                      WHERE pg_locks.pid = activity.pid AND NOT granted) END,
           extract(epoch FROM clock_timestamp())::float8
    FROM pg_stat_activity AS activity
    WHERE datname = %s AND backend_type = 'client backend'
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A session at one moment. *waits_since* is in seconds since the epoch, None where it waits for no lock."""

    pid: int
    application: str
    blockers: tuple[int, ...] = ()
    waits_since: float | None = None

    @property
    def serves(self) -> bool:
        """Whether it is the application's."""
        return self.application.startswith(APPLICATION)

    @property
    def migrates(self) -> bool:
        """Whether it is the migration's: nobody else is there."""
        return not self.application.startswith((APPLICATION, READER))


class Waits:
    """The longest wait of the application for a lock of the migration, over samples in their order.

    A session that stands in a queue behind the migration's request waits for it as well, though somebody else
    holds the lock, and so does one that waits for a session that does.
    """

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.samples = 0
        self.longest_gap_ms = 0.0
        self._last: float | None = None
        self._waiting: set[tuple[int, float]] = set()
        self._blocked_since: dict[tuple[int, float], float] = {}

    def add(self, at: float, sessions: Iterable[Session]) -> None:
        """What was seen *at* a moment, in seconds since the epoch."""
        self.samples += 1
        if self._last is not None:
            self.longest_gap_ms = max(self.longest_gap_ms, (at - self._last) * 1000)
        self._last = at
        by_pid = {session.pid: session for session in sessions}
        waiting = set()
        for session in by_pid.values():
            if not session.serves or session.waits_since is None:
                continue
            wait = session.pid, session.waits_since
            waiting.add(wait)
            if not _behind_migration(session, by_pid):
                self._blocked_since.pop(wait, None)
                continue
            # whoever waited before the migration came waits for it only from now on
            began = at if wait in self._waiting else session.waits_since
            since = self._blocked_since.setdefault(wait, began)
            self.longest_ms = max(self.longest_ms, (at - since) * 1000)
        self._waiting = waiting


def _behind_migration(session: Session, by_pid: Mapping[int, Session]) -> bool:
    seen: set[int] = set()
    ahead = list(session.blockers)
    while ahead:
        pid = ahead.pop()
        if pid in seen or pid not in by_pid:
            continue
        seen.add(pid)
        if by_pid[pid].migrates:
            return True
        ahead += by_pid[pid].blockers
    return False


class Watch:
    """Samples the sessions of one database every few milliseconds, from a thread of its own.

    It is connected to another database, so that nobody finds it among the sessions that it watches.
    """

    def __init__(self, server_url: str, database: str) -> None:
        self.waits = Waits()
        self.sessions: tuple[Session, ...] = ()
        #: when a session of the migration was first seen to wait, by time.monotonic(); may be forgotten
        self.migration_waited_since: float | None = None
        self._stopped = threading.Event()
        self._error: psycopg.Error | None = None
        self._connection = psycopg.connect(server_url, autocommit=True)
        self._database = database
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._connection.close()

    def stop(self) -> None:
        """Ends the sampling. Raises what had ended it before, if anything did: then nothing was proven."""
        self._stopped.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _sample(self) -> None:
        try:
            while not self._stopped.wait(INTERVAL_S):
                self._look()
        except psycopg.Error as error:
            self._error = error

    def _look(self) -> None:
        rows = self._connection.execute(SAMPLE, [self._database], prepare=True).fetchall()
        if not rows:
            return
        # it had to wait if it waited: the moment is that of the last row
        at = rows[-1][4]
        # waitstart is unset for an instant after a wait has begun
        sessions = tuple(
            Session(pid, application, tuple(blockers), (since or at) if blockers else None)
            for pid, application, blockers, since, _ in rows
        )
        self.sessions = sessions
        self.waits.add(at, sessions)
        if self.migration_waited_since is None and any(s.migrates and s.waits_since is not None for s in sessions):
            self.migration_waited_since = time.monotonic()
