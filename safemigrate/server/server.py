"""A throw-away server and its databases."""

from __future__ import annotations

import atexit
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psycopg
from psycopg import sql

from safemigrate.errors import ServerError, TemplateInUse
from safemigrate.server.account import runnable
from safemigrate.server.binaries import Binaries, find_bin
from safemigrate.server.cluster import SUPERUSER
from safemigrate.server.process import Postmaster
from safemigrate.server.session import Session

FILE_COPY_SINCE = 15

# nothing here survives a crash, and nothing has to; what a migration does and locks stays as in production
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "timezone": "America/New_York",  # with UTC, timestamp to timestamptz does not rewrite the table
    "lc_messages": "C",  # notices are read
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "dynamic_shared_memory_type": "mmap",  # in the data directory, where it is removed after a kill
    "log_checkpoints": "off",  # each clone is a checkpoint
    "max_locks_per_transaction": "256",  # a whole history may run in one transaction
}


class Server:
    """A running throw-away server; made by `start`, gone with the process that started it.

    Threads may share it.
    """

    def __init__(self, postmaster: Postmaster, *, major: int, port: int) -> None:
        self._postmaster = postmaster
        self.major = major
        self.port = port
        self.socket_directory: Path = postmaster.socket_directory
        self._session = Session(self.url)
        atexit.register(self.stop)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL of the database "postgres", for libpq and SQLAlchemy."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        """The URL of the database *name*, whether it exists or not."""
        host = quote(str(self.socket_directory))
        return f"postgresql://{SUPERUSER}@/{quote(name, safe='')}?host={host}&port={self.port}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Makes the database *name*, empty or as a copy of *template*, and returns its URL.

        Raises:
            TemplateInUse: somebody is connected to *template* and has not left for five seconds.
            ServerError: PostgreSQL refuses for another reason, such as a name that is taken.
        """
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template1")
        )
        if self.major >= FILE_COPY_SINCE:
            # the other strategy writes every page to the log; without fsync a copy is cheaper
            statement += sql.SQL(" STRATEGY file_copy")
        try:
            self._session.execute(statement)
        except psycopg.errors.ObjectInUse:
            raise TemplateInUse(template or "template1", self._sessions(template or "template1")) from None
        except psycopg.Error as error:
            raise _said(f'the database "{name}" was not made', error) from None
        return self.database_url(name)

    def clone(self, template: str, name: str) -> str:
        """Makes the database *name* as a copy of *template* and returns its URL; see `create_database`."""
        return self.create_database(name, template)

    def drop_database(self, name: str) -> None:
        """Drops the database *name* if it exists, and ends the sessions on it."""
        try:
            self._forget_subscriptions(name)
            self._session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        except psycopg.Error as error:
            raise _said(f'the database "{name}" was not dropped', error) from None

    def log_tail(self) -> str:
        """The last lines of the server's log."""
        return self._postmaster.log_tail()

    def stop(self) -> None:
        """Stops the server and removes all it wrote; a second call does nothing."""
        atexit.unregister(self.stop)
        self._session.close()
        self._postmaster.stop()

    def _forget_subscriptions(self, database: str) -> None:
        """Drops the subscriptions of a database, without a word to their publishers: it cannot go before them."""
        found = self._session.execute(
            sql.SQL("SELECT subname FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = %s"),
            database,
        )
        if not found:
            return
        with psycopg.connect(self.database_url(database), autocommit=True) as connection:
            for (name,) in found:
                for change in ("ALTER SUBSCRIPTION {} DISABLE", "ALTER SUBSCRIPTION {} SET (slot_name = NONE)"):
                    connection.execute(sql.SQL(change).format(sql.Identifier(str(name))))
                connection.execute(sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(str(name))))

    def _sessions(self, database: str) -> tuple[str, ...]:
        rows = self._session.execute(
            sql.SQL("SELECT pid, application_name, state FROM pg_stat_activity WHERE datname = %s ORDER BY pid"),
            database,
        )
        return tuple(f"pid {pid} ({name or 'unnamed'}, {state})" for pid, name, state in rows)


def _said(what: str, error: psycopg.Error) -> ServerError:
    return ServerError(f"{what}: {error.diag.message_primary or error}.")


def start(binaries: Binaries | None = None, *, settings: Mapping[str, str] = {}) -> Server:
    """A running server over *binaries*, else over those that `find_bin` finds.

    *settings* are those of postgresql.conf and come before our own, which make a server fast and forgetful.

    Raises:
        ServerError: which of them says whether programs, a library, an account or PostgreSQL itself is at fault.
    """
    found = binaries or find_bin()
    chosen = {**SETTINGS, **settings}
    try:
        postmaster = Postmaster(runnable(found), chosen)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerError(f"the server's files could not be made: {error}.", where=str(found.bin)) from None
    return Server(postmaster, major=found.major, port=int(chosen["port"]))
