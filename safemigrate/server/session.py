"""The session in which a server makes and drops databases: opened once, since to connect costs as much as they do."""

from __future__ import annotations

import os
import threading

import psycopg
from psycopg import sql

Rows = list[tuple[object, ...]]


class Session:
    """Statements one after another, of whatever thread, on a connection that is opened for the first of them.

    Each is complete in itself, so one that found the connection broken is sent again on a new one.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._process = 0

    def execute(self, statement: sql.SQL | sql.Composed, *values: object) -> Rows:
        """The rows of *statement*, none for one that has no rows."""
        with self._lock:
            connection = self._opened()
            try:
                return _rows(connection, statement, values)
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
            # somebody ended the session while it waited for us
            return _rows(self._opened(), statement, values)

    def close(self) -> None:
        """Ends the session; in a forked child it is not ours to end."""
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()

    def _opened(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None or self._connection.closed or self._process != os.getpid():
            self._connection = psycopg.connect(self._url, autocommit=True)
            self._process = os.getpid()
        return self._connection


def _rows(
    connection: psycopg.Connection[tuple[object, ...]], statement: sql.SQL | sql.Composed, values: tuple[object, ...]
) -> Rows:
    cursor = connection.execute(statement, values or None)
    return cursor.fetchall() if cursor.description else []
