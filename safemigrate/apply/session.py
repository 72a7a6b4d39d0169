"""The sessions that do the work: how they connect, what they refuse, and the lock that one of them holds."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from safemigrate.apply.events import Observer, WaitingForApply
from safemigrate.errors import (
    AnotherApply,
    ConnectionLost,
    DatabaseError,
    DatabaseUnreachable,
    NotPostgres,
    ServerUnfit,
    UrlUnreadable,
)
from safemigrate.history.environment import Environment
from safemigrate.redact import redact
from safemigrate.schema import Name
from safemigrate.schema.name import quoted

Connection = psycopg.Connection[tuple[Any, ...]]

#: CREATE OR REPLACE TRIGGER and client_connection_check_interval
OLDEST_POSTGRES = 14
APPLICATION_PREFIX = "safemigrate:"
JOURNAL_SCHEMA = "safemigrate"

_SCHEME = re.compile(r"^(?P<dialect>\w+)(?:\+\w+)?://")
_OTHERS = ("CockroachDB", "Redshift", "-YB-", "Materialize", "QuestDB", "CrateDB", "Greenplum")
_POLL_S = 0.1
#: connection_exception, and the ways in which a server ends a session
_GONE = ("08", "57P")
# a dead peer is noticed in a minute, not in two hours
_PATIENCE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a session found out about its server."""

    major: int
    database: str
    user: str
    deadlock_timeout_ms: int


def connect(environment: Environment, *, application_name: str, journal_schema: str = JOURNAL_SCHEMA) -> Connection:
    """An autocommit session whose settings depend on nobody's defaults.

    Raises:
        UrlUnreadable, NotPostgres, DatabaseUnreachable: and none of them repeats a password.
    """
    parameters = _parameters(environment.url)
    place = _place(parameters)
    named = {"application_name": application_name, "client_encoding": "UTF8"}
    try:
        connection = psycopg.connect(
            make_conninfo("", **{**_PATIENCE, **parameters, **named}),
            autocommit=True,
            prepare_threshold=None,
        )
    except psycopg.Error as error:
        raise _unreachable(error, place, parameters) from None
    try:
        _settle(connection, environment, journal_schema)
    except psycopg.Error as error:
        connection.close()
        raise _unreachable(error, place, parameters) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _parameters(url: str) -> Mapping[str, Any]:
    if scheme := _SCHEME.match(url):
        if scheme["dialect"] not in ("postgresql", "postgres"):
            raise NotPostgres(f"a URL of {scheme['dialect']}")
        rest = url[scheme.end() :].partition("?")[0]
        user = rest.rpartition("@")[0]
        # an @, / or # of a password that is not encoded makes another host of it, which errors would then name
        if any(mark in user for mark in "@/#"):
            raise UrlUnreadable
        url = "postgresql://" + url[scheme.end() :]
    try:
        return {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error:
        raise UrlUnreadable from None


def _place(parameters: Mapping[str, Any]) -> str:
    host = parameters.get("host", "localhost")
    port = f":{parameters['port']}" if "port" in parameters else ""
    return f"{host}{port}/{parameters.get('dbname', '')}"


def _unreachable(error: psycopg.Error, place: str, parameters: Mapping[str, Any]) -> Exception:
    # libpq asks a question after each address that it tried
    text = re.sub(r"\s*Is the server running[^?]*\?", "", error.diag.message_primary or str(error))
    text = " ".join(text.split())
    # in place of a word, not of a letter: a mask in the middle of words would spell a short password out
    if len(password := str(parameters.get("password") or "")) > 3:
        text = text.replace(password, "***")
    text = redact(text)
    if "expected authentication request" in text or "invalid response to SSL negotiation" in text:
        return NotPostgres("a server that speaks something else", where=place)
    return DatabaseUnreachable(place, re.sub(r"^connection failed: ", "", text))


def _settle(connection: Connection, environment: Environment, journal_schema: str) -> None:
    """Settings that hold for every session of ours."""
    if environment.role:
        connection.execute(f"SET ROLE {quoted(environment.role)}".encode())
    if environment.search_path is not None:
        connection.execute("SELECT set_config('search_path', %s, false)", (environment.search_path,))
    version, major = _row(connection, "SELECT version(), current_setting('server_version_num')::int / 10000")
    if not version.startswith("PostgreSQL") or any(other in version for other in _OTHERS):
        raise NotPostgres(version.partition(",")[0])
    if major < OLDEST_POSTGRES:
        raise ServerUnfit(
            f"this is PostgreSQL {major}.", remedy=f"apply needs PostgreSQL {OLDEST_POSTGRES} or newer."
        )
    connection.execute(
        """
        SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false),
               set_config('idle_in_transaction_session_timeout', '60s', false),
               set_config('idle_session_timeout', '0', false),
               set_config('default_transaction_isolation', 'read committed', false),
               set_config('default_transaction_read_only', 'off', false),
               set_config('default_transaction_deferrable', 'off', false),
               set_config('datestyle', 'ISO', false), set_config('intervalstyle', 'postgres', false),
               set_config('extra_float_digits', '1', false), set_config('bytea_output', 'hex', false),
               -- a policy that hides rows from us must be an error, or a count of zero would prove nothing
               set_config('row_security', 'off', false)
        """
    )
    _forget_own_schema(connection, journal_schema)
    # so that what a killed apply was running ends with it; not every platform can
    with suppress(psycopg.Error):
        connection.execute("SET client_connection_check_interval = '500ms'")


def _forget_own_schema(connection: Connection, journal_schema: str) -> None:
    """Takes the journal's schema off the search path: with a role of that name, "$user" would be it."""
    user, path = _row(connection, "SELECT current_user, current_setting('search_path')")
    items = [item.strip() for item in path.split(",")]
    ours = {quoted(journal_schema), f'"{journal_schema}"'} | (
        {'"$user"', "$user"} if user == journal_schema else set()
    )
    kept = [item for item in items if item not in ours]
    if kept != items:
        connection.execute("SELECT set_config('search_path', %s, false)", (", ".join(kept),))


def _row(connection: Connection, query: str, parameters: tuple[object, ...] = ()) -> tuple[Any, ...]:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    assert row is not None
    return row


def inspect_server(connection: Connection) -> ServerFacts:
    """What apply must know of the server.

    Raises:
        ServerUnfit: a standby, or a session on which triggers do not fire.
    """
    standby, major, database, user, deadlock_ms, replication = _row(
        connection,
        """
        SELECT pg_is_in_recovery(), current_setting('server_version_num')::int / 10000, current_database(),
               current_user, (extract(epoch from current_setting('deadlock_timeout')::interval) * 1000)::int,
               current_setting('session_replication_role')
        """,
    )
    if standby:
        raise ServerUnfit("this server is a standby, which changes nothing.", remedy="Connect to the primary.")
    if replication == "replica":
        raise ServerUnfit(
            "session_replication_role is replica, so that no trigger would fire.",
            remedy="Connect as a role for which it is origin.",
        )
    return ServerFacts(major, database, user, deadlock_ms)


def refuse_transaction_pooling(connection: Connection, other: Connection) -> None:
    """Raises ServerUnfit where a pooler gives each transaction another server session.

    Such a pooler makes up the process id that it tells at the start, and hands the session of one client to the
    next as soon as no transaction is open.
    """
    (real,) = _row(connection, "SELECT pg_backend_pid()")
    if connection.info.backend_pid == real:
        return
    with other.transaction():
        _row(other, "SELECT pg_backend_pid()")
        (again,) = _row(connection, "SELECT pg_backend_pid()")
    if again != real:
        raise ServerUnfit(
            "a pooler gives each transaction another session here, on which no lock can be kept.",
            remedy="Give apply a direct connection with --database-url.",
        )


# -- the lock ------------------------------------------------------------------------------------------------


def is_gone(error: psycopg.Error) -> bool:
    """Whether the session is over, so that only the database knows how far it came."""
    if error.sqlstate is None:
        # what psycopg itself refuses to send never reached the session
        return not isinstance(error, psycopg.ProgrammingError)
    return error.sqlstate.startswith(_GONE)


def refusal(connection: Connection, error: psycopg.Error, doing: str) -> DatabaseError:
    """What PostgreSQL said while the session was at *doing*, for people."""
    if connection.closed or is_gone(error):
        return ConnectionLost(doing)
    remedy = ""
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        remedy = f'Give the role "{connection.info.user}" this right, or name another with --database-url.'
    reason = error.diag.message_primary or type(error).__name__
    return ServerUnfit(f"{doing} was refused: {error.sqlstate}: {reason}.", remedy=remedy)


@contextmanager
def refusals(connection: Connection, doing: str) -> Iterator[None]:
    """Raises what PostgreSQL refuses meanwhile as a DatabaseError."""
    try:
        yield
    except psycopg.Error as error:
        raise refusal(connection, error, doing) from None


def lock_key(version_table: Name) -> int:
    """The advisory lock of everybody who moves *version_table*; its schema must be known."""
    digest = hashlib.sha256(f"safemigrate {version_table.sql()}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def hold_lock(connection: Connection, key: int, *, wait_s: float, observe: Observer) -> None:
    """Takes the advisory lock *key* for the life of the session.

    It is polled for: a session that waits for an advisory lock holds a snapshot, for which CREATE INDEX
    CONCURRENTLY of the holder would wait in turn.

    Raises:
        AnotherApply: it was not to be had within *wait_s*.
    """
    began = time.monotonic()
    told = ""
    while not _row(connection, "SELECT pg_try_advisory_lock(%s)", (key,))[0]:
        holder = lock_holder(connection, key) or told
        if holder != told:
            told = holder
            observe(WaitingForApply(holder))
        waited = time.monotonic() - began
        if waited >= wait_s:
            raise AnotherApply(told or "a session that left just now", waited)
        time.sleep(_POLL_S)


def lock_holder(connection: Connection, key: int) -> str:
    """Who holds the advisory lock *key*, empty for nobody."""
    row = connection.execute(
        """
        SELECT a.pid, a.application_name, a.state, a.backend_start
        FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.classid::bigint = (%(key)s::bigint >> 32) & 4294967295
          AND l.objid::bigint = %(key)s::bigint & 4294967295
        """,
        {"key": key},
    ).fetchone()
    if row is None:
        return ""
    pid, name, state, since = row
    return f'pid {pid} ("{name}", {state or "state not visible"}, connected since {since:%H:%M:%S})'
