"""What every operation is, and the words that several share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from safemigrate.schema.name import Name, quoted


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a statement does."""

    #: False for what PostgreSQL refuses inside a transaction block
    transactional: ClassVar[bool] = True

    def sql(self) -> str:
        """The statement that does this and nothing else, without a semicolon."""
        raise NotImplementedError(type(self).__name__)

    @property
    def runs_in_transaction(self) -> bool:
        """Whether PostgreSQL accepts the operation inside a transaction block."""
        return not getattr(self, "concurrently", False) and self.transactional


@dataclass(frozen=True, slots=True)
class TableOperation(Operation):
    """An action of ALTER TABLE. *only* and *if_table_exists* are ONLY and IF EXISTS before the name of *table*."""

    table: Name
    only: bool = field(default=False, kw_only=True)
    if_table_exists: bool = field(default=False, kw_only=True)

    def head(self) -> str:
        """The statement up to its action."""
        return f"ALTER TABLE {if_exists_words(self.if_table_exists)}{'ONLY ' * self.only}{self.table.sql()}"

    def column_head(self, column: str) -> str:
        """The statement up to what is done to *column*."""
        return f"{self.head()} ALTER COLUMN {quoted(column)}"


def alter_table(table: Name, if_exists: bool = False) -> str:
    return f"ALTER TABLE {if_exists_words(if_exists)}{table.sql()}"


def if_exists_words(if_exists: bool) -> str:
    return "IF EXISTS " if if_exists else ""


def cascade_words(cascade: bool) -> str:
    return " CASCADE" if cascade else ""
