"""Operations on the session and its transaction, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import literal
from safemigrate.schema.operations.base import Operation


@dataclass(frozen=True, slots=True)
class SetParameter(Operation):
    """SET. *value* is the text as written, quotes removed; None for DEFAULT or RESET."""

    name: str
    value: str | None
    local: bool = False

    def sql(self) -> str:
        if self.name == "all":
            return "RESET ALL"
        value = "DEFAULT" if self.value is None else literal(self.value)
        if self.value is not None and self.name == "search_path":
            # one string would be the name of one schema
            value = ", ".join(literal(part.strip()) for part in self.value.split(","))
        return f"SET {'LOCAL ' * self.local}{self.name} = {value}"


@dataclass(frozen=True, slots=True)
class TransactionControl(Operation):
    """A BEGIN, COMMIT, ROLLBACK or SAVEPOINT that a revision sends itself; *kind* is that word."""

    kind: str
    text: str

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class SessionCommand(Operation):
    """A command that changes neither schema nor rows: NOTIFY, LISTEN, DISCARD, SET CONSTRAINTS, CHECKPOINT …"""

    kind: str
    text: str

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ServerCommand(Operation):
    """A command on the server that no transaction block takes: CREATE and DROP DATABASE, ALTER SYSTEM …

    *kind* is its words up to the name, *name* the object's where it has one.
    """

    kind: str
    name: str
    text: str

    transactional = False

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Unreadable(Operation):
    """What could not be read, and why. Never safe, never silent."""

    text: str
    reason: str

    def sql(self) -> str:
        return self.text
