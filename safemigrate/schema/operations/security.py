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
    """CREATE POLICY. *command* is ALL, SELECT, INSERT, UPDATE or DELETE; *roles* as written, folded.

    *conditions* are those of USING and WITH CHECK.
    """

    permissive: bool = True
    command: str = "ALL"
    roles: tuple[str, ...] = ("public",)
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePolicy(AlterObject):
    """ALTER POLICY … TO, USING, WITH CHECK. *conditions* are those of the last two."""

    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant(AlterObject):
    """GRANT.

    *on* is what it is on (TABLE, SEQUENCE, FUNCTION, SCHEMA, ALL TABLES IN SCHEMA, DEFAULT PRIVILEGES …), *names*
    the objects, *roles* who gets something. *granted* is each privilege in upper case with the column it is on, which
    is empty where it is on the whole; where *on* is empty, the names of roles. *grantable* tells WITH GRANT OPTION,
    and of Revoke, GRANT OPTION FOR.
    """

    on: str = ""
    names: tuple[Name, ...] = ()
    granted: tuple[tuple[str, str], ...] = ()
    roles: tuple[str, ...] = ()
    grantable: bool = False

    @property
    def privileges(self) -> tuple[str, ...]:
        """The privileges or roles, each once."""
        return tuple(dict.fromkeys(privilege for privilege, _ in self.granted))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are named, each once."""
        return tuple(dict.fromkeys(column for _, column in self.granted if column))


@dataclass(frozen=True, slots=True)
class Revoke(Grant):
    """REVOKE: as Grant, from *roles*. *cascade* takes what they granted on, too."""

    cascade: bool = False
