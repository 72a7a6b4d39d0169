"""Operations on how rows are stored, and those that write a table or its indexes anew."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import Operation, TableOperation, if_exists_words


@dataclass(frozen=True, slots=True)
class SetTablespace(Operation):
    """SET TABLESPACE of what *kind* says: TABLE, INDEX or MATERIALIZED VIEW."""

    kind: str
    name: Name
    tablespace: str
    if_exists: bool = False
    only: bool = False
    #: the statement where it moves ALL IN TABLESPACE *name*
    text: str = ""

    @property
    def table(self) -> Name | None:
        """The table that is moved, None where something else is."""
        return self.name if self.kind == "TABLE" and not self.text else None

    def sql(self) -> str:
        if self.text:
            return self.text
        what = f"{if_exists_words(self.if_exists)}{'ONLY ' * self.only}{self.name.sql()}"
        return f"ALTER {self.kind} {what} SET TABLESPACE {quoted(self.tablespace)}"


@dataclass(frozen=True, slots=True)
class SetLogged(TableOperation):
    """SET LOGGED, or SET UNLOGGED where *logged* is False."""

    logged: bool

    def sql(self) -> str:
        return f"{self.head()} SET {'LOGGED' if self.logged else 'UNLOGGED'}"


@dataclass(frozen=True, slots=True)
class SetAccessMethod(TableOperation):
    """SET ACCESS METHOD; *method* is None for DEFAULT."""

    method: str | None

    def sql(self) -> str:
        return f"{self.head()} SET ACCESS METHOD {quoted(self.method) if self.method else 'DEFAULT'}"


@dataclass(frozen=True, slots=True)
class Cluster(Operation):
    """CLUSTER. No *table* stands for every table that was clustered before, which no transaction block takes."""

    table: Name | None = None
    index: str | None = None

    @property
    def runs_in_transaction(self) -> bool:
        """Only the form that names its table."""
        return self.table is not None

    def sql(self) -> str:
        table = f" {self.table.sql()}" if self.table else ""
        return f"CLUSTER{table}{f' USING {quoted(self.index)}' if self.index else ''}"


@dataclass(frozen=True, slots=True)
class Vacuum(Operation):
    """VACUUM of *tables*, or of all where there are none. *full* writes each anew."""

    tables: tuple[Name, ...]
    text: str
    full: bool = False

    transactional = False

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Analyze(Operation):
    """ANALYZE of *tables*, or of all where there are none."""

    tables: tuple[Name, ...]
    text: str

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Reindex(Operation):
    """REINDEX of what *kind* says: INDEX, TABLE, SCHEMA, DATABASE or SYSTEM."""

    kind: str
    name: Name
    text: str
    concurrently: bool = False

    @property
    def runs_in_transaction(self) -> bool:
        """Whether PostgreSQL accepts it inside a transaction block: one table or index, not concurrently."""
        return self.kind in ("INDEX", "TABLE") and not self.concurrently

    def sql(self) -> str:
        return self.text
