"""What a revision may not do while it is read: reach the network, start a process, or write outside one folder.

A guard against accidents, not a sandbox: code that means harm can get around an audit hook.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa

#: database drivers written in C connect without any event that could be seen
_DRIVERS = frozenset({"psycopg2._psycopg", "psycopg_binary", "psycopg_c", "MySQLdb._mysql", "pymssql", "pyodbc"})
_NETWORK = frozenset(
    "socket.connect socket.bind socket.sendto socket.sendmsg socket.getaddrinfo socket.gethostbyname".split()
)
_PROCESSES = frozenset(
    """subprocess.Popen os.system os.exec os.fork os.forkpty os.posix_spawn os.spawn pty.spawn os.kill
    os.killpg""".split()
)
_CHANGES = frozenset(
    """os.mkdir os.remove os.rmdir os.rename os.link os.symlink os.truncate os.chmod os.chown os.utime
    os.setxattr os.removexattr""".split()
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Refused(Exception):
    """A revision tried what reading must not do. *what* completes "it tried to …"."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"it tried to {what}, which is refused while revisions are read")


class Guard:
    """The refusals of this process, once it is armed. *seen* is told of each, since a revision may swallow it."""

    def __init__(self, folder: Path, seen: Callable[[Refused], None]) -> None:
        self._folder = os.path.realpath(folder)
        self._seen = seen
        self._closed = False

    def arm(self) -> None:
        """Refuse from now on; an audit hook cannot be taken away again."""
        self._leave_no_other_way()
        sys.addaudithook(self._audit)

    def _leave_no_other_way(self) -> None:
        tempfile.tempdir = self._folder
        sys.dont_write_bytecode = True
        # neither raises an audit event
        vars(os).update(_exit=self._ended, abort=self._ended)
        sa.event.listen(sa.Engine, "do_connect", self._connecting)

    def _ended(self, *_: object) -> NoReturn:
        self._refuse("end the process")

    def _connecting(self, dialect: Any, record: object, arguments: object, options: object) -> None:
        if dialect.driver != "nothing":
            self._refuse(f"connect to a database with {dialect.name}+{dialect.driver}")

    def _refuse(self, what: str) -> NoReturn:
        refused = Refused(what)
        self._seen(refused)
        raise refused

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._opening(*arguments)
        elif event in _CHANGES:
            self._changing(event, arguments)
        elif event in _NETWORK:
            self._refuse(f"use the network ({event} {_shown(arguments[1:] or arguments)})")
        elif event in _PROCESSES:
            self._refuse(f"start or signal a process ({event} {_shown(arguments)})")
        elif event == "import" and arguments[0] in _DRIVERS:
            raise ImportError(f"{arguments[0]} could reach a database unseen", name=arguments[0])
        elif event == "ctypes.dlopen" and arguments[0] is not None:
            self._refuse(f"load the library {arguments[0]}")
        elif event == "sqlite3.connect" and arguments[0] != ":memory:" and not self._inside(arguments[0]):
            self._refuse(f"open the database {arguments[0]}")

    def _opening(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int):
            return
        writing = any(sign in mode for sign in "wax+") if isinstance(mode, str) else False
        if (writing or (isinstance(flags, int) and flags & _WRITING)) and not self._inside(path):
            self._refuse(f"write the file {_shown((path,))}")

    def _changing(self, event: str, arguments: tuple[Any, ...]) -> None:
        paths = [path for path in arguments[:2] if isinstance(path, str | bytes | os.PathLike)]
        if not all(self._inside(path) for path in paths):
            self._refuse(f"change files ({event} {_shown(tuple(paths))})")

    def _inside(self, path: Any) -> bool:
        real = os.path.realpath(os.fsdecode(path))
        return real == os.devnull or real == self._folder or real.startswith(self._folder + os.sep)


def _shown(arguments: tuple[Any, ...]) -> str:
    text = ", ".join(str(argument) for argument in arguments if argument is not None)
    return text if len(text) <= 120 else text[:117] + "…"
