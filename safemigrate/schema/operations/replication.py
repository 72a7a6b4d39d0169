"""Operations that subscribers and standbys see."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import TableOperation
from safemigrate.schema.operations.objects import AlterObject, CreateObject


@dataclass(frozen=True, slots=True)
class SetReplicaIdentity(TableOperation):
    """*identity* is DEFAULT, FULL, NOTHING or INDEX; *index* the one named by USING INDEX."""

    identity: str
    index: str | None = None

    def sql(self) -> str:
        what = f"USING INDEX {quoted(self.index)}" if self.index is not None else self.identity
        return f"{self.head()} REPLICA IDENTITY {what}"


@dataclass(frozen=True, slots=True)
class CreatePublication(CreateObject):
    """CREATE PUBLICATION of *tables*, of all in *schemas*, or FOR ALL TABLES where *everything* says so.

    *parts* are what stands behind each of *tables*: the columns and the condition of the rows that are sent.
    """

    tables: tuple[Name, ...] = ()
    schemas: tuple[str, ...] = ()
    everything: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePublication(AlterObject):
    """ALTER PUBLICATION. *action* is ADD, DROP, SET or OWNER TO; *tables* those it names, each with its *parts*."""

    action: str = ""
    tables: tuple[Name, ...] = ()
    schemas: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
