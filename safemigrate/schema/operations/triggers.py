"""Operations on triggers and rules."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import TableOperation
from safemigrate.schema.operations.objects import CreateObject


@dataclass(frozen=True, slots=True)
class CreateTrigger(CreateObject):
    """CREATE TRIGGER. *timing* is BEFORE, AFTER or INSTEAD OF; *events* are INSERT, UPDATE, DELETE, TRUNCATE.

    *columns* are those of UPDATE OF, *condition* is that of WHEN. *constraint* tells CREATE CONSTRAINT TRIGGER.
    """

    timing: str = ""
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    function: Name | None = None
    each_row: bool = False
    constraint: bool = False
    condition: str = ""


@dataclass(frozen=True, slots=True)
class ToggleTrigger(TableOperation):
    """ENABLE and DISABLE of a trigger or rule. *state* is ENABLE, DISABLE, ENABLE REPLICA or ENABLE ALWAYS.

    *name* is None for ALL and USER, which *all_of* holds. *kind* is TRIGGER or RULE.
    """

    state: str
    name: str | None
    all_of: str = ""
    kind: str = "TRIGGER"

    def sql(self) -> str:
        which = self.all_of if self.name is None else quoted(self.name)
        return f"{self.head()} {self.state} {self.kind} {which}"


@dataclass(frozen=True, slots=True)
class CreateRule(CreateObject):
    """CREATE RULE. *event* is SELECT, INSERT, UPDATE or DELETE; *instead* tells DO INSTEAD."""

    event: str = ""
    instead: bool = False
