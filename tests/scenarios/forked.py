"""The process that runs revisions, forked from this one: it need not import everything anew for each scenario."""

from __future__ import annotations

import os
import signal
import sys
from typing import IO, Any

# what the process would import first
import alembic.autogenerate
import sqlalchemy.dialects.postgresql.psycopg

from safemigrate.history import child, reader, reflection, replay, transactions

#: a revision may not end the process, so the guard takes this away
_LEAVE = os._exit

__all__ = ["ForkedReader", "alembic", "reflection", "replay", "sqlalchemy", "transactions"]


class ForkedReader(reader._Child):
    """As its parent, but for how the process begins."""

    def _started(self, environment: dict[str, str], complaints: IO[bytes]) -> Any:
        return _Fork(environment, complaints.fileno())


class _Fork:
    """What the reader asks of a process."""

    def __init__(self, environment: dict[str, str], complaints: int) -> None:
        asked, question = os.pipe()
        answer, answered = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(question)
            os.close(answer)
            _become_reader(asked, answered, complaints, environment)
        os.close(asked)
        os.close(answered)
        self.stdin, self.stdout = os.fdopen(question, "wb"), os.fdopen(answer, "rb", buffering=0)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def _become_reader(asked: int, answered: int, complaints: int, environment: dict[str, str]) -> None:
    code = 1
    try:
        for end, number in ((asked, 0), (answered, 1), (complaints, 2)):
            os.dup2(end, number)
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin = os.fdopen(0)
        child.main()
        code = 0
    finally:
        # nothing that the tests have open may be closed from here
        _LEAVE(code)
