"""Operations on whole tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

from safemigrate.schema.model import Column, Constraint
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import Operation, TableOperation, alter_table, cascade_words, if_exists_words

_PARTITION_BY = re.compile(r"\bPARTITION\s+BY\s+((?:RANGE|LIST|HASH)\s*\(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    """CREATE TABLE. *text* is the statement where columns and constraints do not say everything.

    *bound* is that of a partition as written (``FOR VALUES …`` or ``DEFAULT``); *parents* the tables of INHERITS,
    *like* those of LIKE, and *including* what every LIKE takes over beside the columns. *selects* tells CREATE TABLE
    AS (and SELECT INTO), which reads *sources*. *columns* are those that the statement lists.
    """

    table: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False
    temporary: bool = False
    unlogged: bool = False
    partitioned: bool = False
    partition_of: Name | None = None
    text: str = ""
    bound: str = ""
    parents: tuple[Name, ...] = ()
    like: tuple[Name, ...] = ()
    selects: bool = False
    sources: tuple[Name, ...] = ()
    including: frozenset[str] = frozenset()
    #: the composite type of CREATE TABLE … OF
    of: Name | None = None

    @property
    def lists_all(self) -> bool:
        """Whether *columns* are all: neither LIKE, INHERITS, OF, PARTITION OF nor AS brings others."""
        return not (self.like or self.parents or self.partition_of or self.selects or self.of)

    @property
    def partition_key(self) -> str:
        """What stands behind PARTITION BY, as written; empty where the table has no partitions."""
        match = _PARTITION_BY.search(self.text) if self.partitioned else None
        return match[1].strip() if match else ""

    def sql(self) -> str:
        if self.text:
            return self.text
        items = [c.sql() for c in self.columns]
        items += [(f"CONSTRAINT {quoted(c.name)} " if c.name else "") + c.sql() for c in self.constraints]
        exists = "IF NOT EXISTS " * self.if_not_exists
        return f"CREATE TABLE {exists}{self.table.sql()} ({', '.join(items)})"


@dataclass(frozen=True, slots=True)
class DropTable(Operation):
    table: Name
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return f"DROP TABLE {if_exists_words(self.if_exists)}{self.table.sql()}{cascade_words(self.cascade)}"


@dataclass(frozen=True, slots=True)
class RenameTable(Operation):
    table: Name
    new_name: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{alter_table(self.table, self.if_exists)} RENAME TO {quoted(self.new_name)}"


@dataclass(frozen=True, slots=True)
class MoveTable(Operation):
    """ALTER TABLE … SET SCHEMA."""

    table: Name
    new_schema: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{alter_table(self.table, self.if_exists)} SET SCHEMA {quoted(self.new_schema)}"


@dataclass(frozen=True, slots=True)
class SetInheritance(TableOperation):
    """INHERIT of *parent*, or NO INHERIT where *inherits* is False."""

    parent: Name
    inherits: bool = True

    def sql(self) -> str:
        return f"{self.head()} {'' if self.inherits else 'NO '}INHERIT {self.parent.sql()}"
