"""SQL fixtures that a server is asked about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from safemigrate.schema import Operation, Schema, after
from safemigrate.sql import cut, read

Connection = psycopg.Connection[tuple[object, ...]]

_HEADING = re.compile(r"^-- # (.+)$", re.MULTILINE)
_SINCE = re.compile(r", since (\d+)$")


@dataclass(frozen=True)
class Case:
    """A case of a fixture: what is there before, and the statement in question."""

    title: str
    given: tuple[str, ...]
    statement: str

    @property
    def at_most(self) -> bool:
        """Whether the schema cannot know better, so that the model may say more than happens: ``, at most``."""
        return ", at most" in self.title

    @property
    def at_least(self) -> bool:
        """Whether the schema does not know what is locked: ``, at least``."""
        return ", at least" in self.title

    @property
    def since(self) -> int:
        """The first major version that knows such a statement: ``, since 18`` ends the title."""
        match = _SINCE.search(self.title)
        return int(match[1]) if match else 0

    def schema(self) -> Schema:
        """The schema that the statement finds, as an empty database grew into it."""
        return replayed(self.given)

    def operations(self) -> tuple[Operation, ...]:
        return tuple(read(self.statement))


def replayed(statements: tuple[str, ...]) -> Schema:
    schema = Schema(complete=True)
    for statement in statements:
        for operation in read(statement):
            schema = after(operation, schema)
    return schema


def cases(fixture: str) -> list[Case]:
    """The cases of a file beside this one. Each begins with ``-- # title``; its last statement is in question."""
    parts = _HEADING.split((Path(__file__).parent / fixture).read_text("utf-8"))
    found = []
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        *given, statement = (piece.text for piece in cut(text))
        found.append(Case(title, tuple(given), statement))
    return found
