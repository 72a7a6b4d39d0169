"""The session that does the work, and what every kind of step needs beside it."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from safemigrate.apply.blockers import Lookout
from safemigrate.apply.events import Observer
from safemigrate.apply.journal import Journal
from safemigrate.apply.limits import Limits
from safemigrate.apply.session import Connection, ServerFacts, is_gone
from safemigrate.errors import StepFailed
from safemigrate.history import Statement
from safemigrate.plan.plan import Step


@dataclass(frozen=True, slots=True)
class Worker:
    """The session that does the work, and what it needs beside it."""

    connection: Connection
    lookout: Lookout
    journal: Journal
    server: ServerFacts
    limits: Limits
    observe: Observer


def refused(step: Step, error: psycopg.Error, where: str = "", *, remedy: str = "") -> Exception:
    """What PostgreSQL said of *step*, without the DETAIL, which may hold a row of somebody's data.

    *where* says on which rows. An error that ended the session is handed back as it is.
    """
    if is_gone(error):
        return error
    reason = (error.diag.message_primary or type(error).__name__) + where
    hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
    return StepFailed(step.name, place(step.statements[0]), f"{reason}{hint}", sqlstate=error.sqlstate, remedy=remedy)


def place(statement: Statement) -> str:
    """``path:line``."""
    return f"{statement.path}:{statement.line}"
