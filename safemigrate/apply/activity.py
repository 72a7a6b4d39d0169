"""Which versions of the application are connected, told by the revision that each was built for."""

from __future__ import annotations

import enum
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from safemigrate.apply.limits import GateOptions
from safemigrate.apply.session import APPLICATION_PREFIX, Connection
from safemigrate.history import History

_ONCE = GateOptions(samples=1)

_TAG = re.compile(r"(?P<service>[^@/\s]+)@(?P<version>[^/\s]*)/(?P<revision>\S+)")

# without pg_read_all_stats the state of others is hidden; their names are not
_CONNECTED = """
    SELECT pid, coalesce(application_name, ''), usename FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    UNION ALL
    SELECT 0, 'prepared transaction ' || gid, owner FROM pg_prepared_xacts WHERE database = current_database()
    ORDER BY 1, 2
"""


class Age(enum.StrEnum):
    """What a session is to a revision: built for it or a later one, for an earlier one, or nobody knows."""

    NEW = "new"
    OLD = "old"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Connected:
    """A client's session. *revision* is what its process was built for, empty where its name does not say."""

    pid: int
    application_name: str
    user: str
    service: str = ""
    version: str = ""
    revision: str = ""

    def __str__(self) -> str:
        if not self.pid:
            return self.application_name
        name = f'"{self.application_name}"' if self.application_name else "without an application_name"
        return f"pid {self.pid} {name} of {self.user}"


def connected(connection: Connection, options: GateOptions = _ONCE) -> tuple[Connected, ...]:
    """Everybody who was connected in any of several samples, but for sessions of ours and those that are ignored."""
    seen: dict[tuple[int, str], Connected] = {}
    for number in range(options.samples):
        if number:
            time.sleep(options.span_s / (options.samples - 1))
        for pid, name, user in connection.execute(_CONNECTED).fetchall():
            if not name.startswith(APPLICATION_PREFIX) and not options.ignores(name):
                seen[pid, name] = _read(pid, name, user or "")
    return tuple(seen.values())


def _read(pid: int, name: str, user: str) -> Connected:
    tag = _TAG.fullmatch(name)
    if tag is None:
        return Connected(pid, name, user)
    return Connected(pid, name, user, tag["service"], tag["version"], tag["revision"])


def age(session: Connected, history: History, revision: str) -> Age:
    """Whether the process behind *session* was built for *revision* or for one that builds on it."""
    if session.revision not in history.by_id:
        return Age.UNKNOWN
    if session.revision == revision:
        return Age.NEW
    ancestors = {ancestor.id for ancestor in history.ancestors(session.revision)}
    return Age.NEW if revision in ancestors else Age.OLD


def by_name(sessions: Iterable[Connected]) -> dict[str, int]:
    """How many sessions carry each name."""
    counted: dict[str, int] = {}
    for session in sessions:
        counted[session.application_name] = counted.get(session.application_name, 0) + 1
    return counted
