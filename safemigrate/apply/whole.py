"""Revisions that only run as a whole: Alembic runs them, under our lock and with our timeouts."""

from __future__ import annotations

import time

from safemigrate.apply import locks
from safemigrate.apply.events import Did, StepOutcome, TryFailed
from safemigrate.apply.pending import Pending
from safemigrate.apply.worker import Worker
from safemigrate.errors import LockNotGranted, RunThroughAlembicFailed
from safemigrate.history import History, Phase
from safemigrate.history.environment import Environment, ask
from safemigrate.redact import redact
from safemigrate.schema.sync import CONTRACT_SETTING

#: lock_not_available, deadlock_detected, serialization_failure
_RETRIED = frozenset({"55P03", "40P01", "40001"})


def run_whole(
    worker: Worker, history: History, environment: Environment, pending: Pending, application_name: str
) -> StepOutcome:
    """Lets Alembic run the revision *pending* through the project's env.py, on the database of *environment*.

    Alembic moves the version row itself. A lock that is not to be had within the lock timeout rolls the revision
    back, unless it commits in between, and it is tried again.

    Raises:
        RunThroughAlembicFailed: it was refused. LockNotGranted: the lock budget is spent.
    """
    revision = pending.revision
    began = time.monotonic()
    settings = {
        "lock_timeout": f"{worker.limits.lock_wait_ms(worker.server.deadlock_timeout_ms)}ms",
        "idle_in_transaction_session_timeout": "60s",
        "application_name": application_name,
    }
    if pending.phase is Phase.CONTRACT:
        settings[CONTRACT_SETTING] = "allow"
    request = {
        "purpose": "upgrade",
        "upto": revision.id,
        "url": environment.url,
        "arguments": list(environment.arguments),
        "settings": settings,
    }
    for number, pause_s in enumerate(locks.pauses(), start=1):
        asked = time.monotonic()
        with worker.lookout.watching() as sighting:
            answer = ask(history, request, timeout_s=None)
        if "error" not in answer:
            return StepOutcome(
                revision.id,
                revision.id,
                pending.phase,
                "alembic",
                Did.RAN,
                tries=number,
                waited_ms=(asked - began) * 1000,
                ran_ms=(time.monotonic() - asked) * 1000,
            )
        reason = redact(str(answer["error"]))
        if answer.get("sqlstate") not in _RETRIED:
            raise RunThroughAlembicFailed(revision.id, str(revision.path), reason)
        spent_s = time.monotonic() - began
        if spent_s + pause_s > worker.limits.lock_budget_s:
            raise LockNotGranted(revision.id, number, spent_s, tuple(map(str, sighting.blockers)))
        worker.observe(TryFailed(revision.id, number, reason, sighting.blockers, pause_s))
        time.sleep(pause_s)
    raise AssertionError("pauses never end")
