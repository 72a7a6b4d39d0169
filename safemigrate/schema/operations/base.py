"""What every operation is, and the words that several share."""

from __future__ import annotations

from dataclasses import dataclass
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


def alter_table(table: Name, if_exists: bool = False) -> str:
    return f"ALTER TABLE {if_exists_words(if_exists)}{table.sql()}"


def if_exists_words(if_exists: bool) -> str:
    return "IF EXISTS " if if_exists else ""


def cascade_words(cascade: bool) -> str:
    return " CASCADE" if cascade else ""


def alter_column(table: Name, column: str) -> str:
    return f"{alter_table(table)} ALTER COLUMN {quoted(column)}"
