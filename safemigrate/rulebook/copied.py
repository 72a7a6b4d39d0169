"""Columns that others are to take the place of: what names them, and how it reads on the new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safemigrate.schema import Expression, Name
from safemigrate.schema.name import says, shortened
from safemigrate.sql import read_expression, renamed


@dataclass(frozen=True, slots=True)
class Copied:
    """Columns of *table*, each with the one that is kept equal to it and is left when it goes.

    No new column is called like an old one.
    """

    table: Name
    columns: Mapping[str, str]

    def swapped(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """*columns* with the new ones for the old ones."""
        return tuple(self.columns.get(column, column) for column in columns)

    def worded(self, text: str) -> str | None:
        """An expression over the new columns, None where nobody can say for certain which words mean the old ones."""
        reading: str | None = text
        for old, new in self.columns.items():
            reading = renamed(reading, old, new) if reading is not None else None
        return reading

    def expressed(self, expression: Expression) -> Expression | None:
        """As *worded*, for an expression that was read."""
        text = self.worded(expression.sql())
        return read_expression(text) if text is not None else None

    def said_in(self, *texts: str) -> bool:
        """Whether a text holds the name of an old column as a word, and so may name it."""
        return any(says(text, old) for old in self.columns for text in texts)

    def beside(self, name: str, *texts: str) -> str:
        """The name, beside *name*, of the clone of what names columns in these *texts*."""
        new = next((new for old, new in self.columns.items() if any(says(text, old) for text in texts)), "new")
        return shortened(f"{name}__{new}")
