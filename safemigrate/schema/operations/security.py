"""Operations on who may do what."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import Name
from safemigrate.schema.operations.base import TableOperation
from safemigrate.schema.operations.objects import AlterObject, CreateObject


@dataclass(frozen=True, slots=True)
class SetRowSecurity(TableOperation):
    """*action* is ENABLE, DISABLE, FORCE or NO FORCE, before ROW LEVEL SECURITY."""

    action: str

    def sql(self) -> str:
        return f"{self.head()} {self.action} ROW LEVEL SECURITY"


@dataclass(frozen=True, slots=True)
class CreatePolicy(CreateObject):
    """CREATE POLICY. *command* is ALL, SELECT, INSERT, UPDATE or DELETE; *roles* as written, folded."""

    permissive: bool = True
    command: str = "ALL"
    roles: tuple[str, ...] = ("public",)


@dataclass(frozen=True, slots=True)
class Grant(AlterObject):
    """GRANT. *privileges* are upper case, or the names of roles where *on* is empty.

    *on* is what they are on (TABLE, SEQUENCE, FUNCTION, SCHEMA, ALL TABLES IN SCHEMA, DEFAULT PRIVILEGES …),
    *names* the objects, *roles* who gets them.
    """

    on: str = ""
    names: tuple[Name, ...] = ()
    privileges: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revoke(Grant):
    """REVOKE: as Grant, from *roles*. *cascade* takes what they granted on, too."""

    cascade: bool = False
