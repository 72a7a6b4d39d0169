"""The limits of time that a session sets, as they hold at each of its operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from safemigrate.rulebook.site import Placed
from safemigrate.schema.operations import SetParameter, TransactionControl

_DURATION = re.compile(r"\s*(\d*\.?\d+)\s*(us|ms|s|min|h|d)?\s*")
_UNIT_MS = {"us": 0.001, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass
class _Session:
    """A limit in milliseconds, of the session and of the transaction that is open; None for none."""

    session: float | None = None
    local: float | None = None
    transaction: int | None = None

    @property
    def limit(self) -> float | None:
        return self.session if self.local is None else self.local

    def enter(self, transaction: int | None) -> None:
        """SET LOCAL ends with its transaction; in autocommit it has no effect at all."""
        if transaction is None or transaction != self.transaction:
            self.local = None
        self.transaction = transaction

    def set(self, limit: float | None, *, local: bool) -> None:
        if local:
            self.local = limit
        else:
            self.session, self.local = limit, None


def limits(operations: Iterable[Placed], parameter: str) -> Iterator[float | None]:
    """What *parameter* allows at each operation, in milliseconds; None where nothing limits it.

    Each revision begins without a limit: it may be deployed by itself, in a session of its own.
    """
    session = _Session()
    place: tuple[object, ...] = ()
    for placed in operations:
        statement = placed.statement
        if (statement.revision, statement.direction) != place:
            place, session = (statement.revision, statement.direction), _Session()
        session.enter(statement.transaction)
        yield session.limit
        match placed.operation:
            case SetParameter(name=name, value=value, local=local) if name == parameter:
                session.set(milliseconds(value), local=local)
            case SetParameter(name="all"):
                session.set(None, local=False)
            case TransactionControl(kind="COMMIT" | "ROLLBACK" | "END" | "ABORT"):
                session.local = None
            case _:
                pass


def milliseconds(value: str | None) -> float | None:
    """A value as PostgreSQL reads a time: a bare number counts milliseconds, and 0 is no limit.

    None for DEFAULT, too: that is what the server says, mostly 0.
    """
    match = _DURATION.fullmatch(value or "")
    return (float(match[1]) * _UNIT_MS[match[2] or "ms"] or None) if match else None
