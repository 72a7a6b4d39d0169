"""Operations on rows, and questions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from safemigrate.schema.model import Expression, Table
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import Operation, cascade_words

# a column may be called so in quotes
_ASKS = re.compile(r'(?<!")\bSELECT\b(?!")', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Insert(Operation):
    """INSERT. *selects* tells INSERT … SELECT, whose work grows with its source."""

    table: Name
    columns: tuple[str, ...]
    text: str
    selects: bool = False

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Update(Operation):
    """UPDATE. *assignments* are pairs of column and expression; *text* where these do not say everything.

    *source* is its FROM where that is all they leave out, *alias* what it calls its table then.
    *joins* are the tables of FROM where nothing there leaves rows out: neither a condition, a LIMIT nor a constant.
    """

    table: Name
    assignments: tuple[tuple[str, Expression], ...]
    where: Expression | None = None
    text: str = ""
    source: str = ""
    alias: str = ""
    joins: tuple[Name, ...] = ()

    def sql(self) -> str:
        if self.text:
            return self.text
        pairs = ", ".join(f"{quoted(column)} = {expression.sql()}" for column, expression in self.assignments)
        where = f" WHERE {self.where.sql()}" if self.where else ""
        return f"UPDATE {self.table.sql()} SET {pairs}{where}"

    def needed(self, table: Table | None) -> frozenset[str]:
        """The columns of *table* without which there is nothing to fill, or nothing to fill from.

        Whose columns an expression names that asks other rows, nobody tells where the table is not named with them.
        """
        read = [*(value for _, value in self.assignments), *([self.where] if self.where else [])]
        named = frozenset[str]().union(*map(self._own, read))
        if table is not None and table.known:
            # an expression may name ctid, or the row itself
            named &= table.columns.keys()
        return named.union(column for column, _ in self.assignments)

    def _own(self, expression: Expression) -> frozenset[str]:
        """The columns of an expression that are known to be of the table."""
        if not _ASKS.search(expression.text):
            return expression.columns
        named = re.findall(rf"(?<![\w.]){re.escape(self.table.name)}\.(\w+)", expression.text, re.IGNORECASE)
        return expression.columns.intersection(map(str.lower, named))


@dataclass(frozen=True, slots=True)
class Delete(Operation):
    """DELETE. *joins* are the tables of USING, as those of Update."""

    table: Name
    where: Expression | None
    text: str
    joins: tuple[Name, ...] = ()

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Truncate(Operation):
    """TRUNCATE. *text* is the statement where ONLY keeps it from the partitions and children of a table."""

    tables: tuple[Name, ...]
    cascade: bool = False
    restart_identity: bool = False
    text: str = ""

    def sql(self) -> str:
        if self.text:
            return self.text
        names = ", ".join(t.sql() for t in self.tables)
        return f"TRUNCATE TABLE {names}{' RESTART IDENTITY' * self.restart_identity}{cascade_words(self.cascade)}"


@dataclass(frozen=True, slots=True)
class Query(Operation):
    """A SELECT, SHOW or EXPLAIN: it changes nothing. *tables* are those it reads."""

    tables: tuple[Name, ...]
    text: str

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class LockTable(Operation):
    """LOCK TABLE. *text* is the statement where ONLY keeps it from the partitions and children of a table."""

    tables: tuple[Name, ...]
    mode: str
    nowait: bool = False
    text: str = ""

    def sql(self) -> str:
        if self.text:
            return self.text
        names = ", ".join(t.sql() for t in self.tables)
        return f"LOCK TABLE {names} IN {self.mode} MODE{' NOWAIT' * self.nowait}"


@dataclass(frozen=True, slots=True)
class Copy(Operation):
    """COPY. *writes* tells COPY FROM; *table* is None where a query stands in its place."""

    table: Name | None
    text: str
    columns: tuple[str, ...] = ()
    writes: bool = False

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Merge(Operation):
    """MERGE INTO *table*. *columns* are those that its INSERT and UPDATE write, *deletes* tells a DELETE.

    *unconditional* are the actions (UPDATE, DELETE) on all rows that are matched, or on all that are not, as their
    WHEN says (WHEN MATCHED, WHEN NOT MATCHED BY SOURCE). *joins* are the tables of USING, as those of Update.
    """

    table: Name
    text: str
    deletes: bool = False
    columns: tuple[str, ...] = ()
    #: the tables that it reads beside its own
    sources: tuple[Name, ...] = ()
    unconditional: tuple[tuple[str, str], ...] = ()
    joins: tuple[Name, ...] = ()

    def sql(self) -> str:
        return self.text
