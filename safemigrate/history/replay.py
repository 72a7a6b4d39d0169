"""The live schema as it would be: every statement read so far, folded into a schema value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safemigrate.schema import Operation, Schema


class Replay:
    """The schema before and after each revision, made only once somebody looks.

    *parents* gives what each revision builds on, in an order in which parents come first.
    """

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        self._parents = parents
        self._sent: dict[str, tuple[str, ...]] = {}
        self._after: dict[str, Schema] = {}
        self._ancestors: dict[str, tuple[str, ...]] = {}

    def sent(self, id: str, statements: Sequence[str]) -> None:
        """What the upgrade of revision *id* sends, in order."""
        self._sent[id] = tuple(statements)
        self._after.pop(id, None)

    def open_before(self, id: str) -> tuple[str, ...]:
        """The ancestors of *id* whose statements nobody has told yet, parents first."""
        return tuple(ancestor for ancestor in self.ancestors(id) if ancestor not in self._sent)

    def ancestors(self, id: str) -> tuple[str, ...]:
        """All that runs before *id*, parents first."""
        if id not in self._ancestors:
            above: set[str] = set()
            ahead = list(self._parents[id])
            while ahead:
                parent = ahead.pop()
                if parent not in above:
                    above.add(parent)
                    ahead.extend(self._parents[parent])
            self._ancestors[id] = tuple(each for each in self._parents if each in above)
        return self._ancestors[id]

    def before(self, id: str) -> Schema:
        """The schema that revision *id* finds. A history begins empty: what it never made is not there."""
        ancestors = self.ancestors(id)
        known = next((index for index in reversed(range(len(ancestors))) if self._covers(ancestors, index)), -1)
        schema = self._after[ancestors[known]] if known >= 0 else _empty()
        for ancestor in ancestors[known + 1 :]:
            schema = fold(schema, self._sent.get(ancestor, ()))
            if self._is_line(ancestors, ancestor):
                self._after[ancestor] = schema
        return schema

    def after(self, id: str) -> Schema:
        """The schema that revision *id* leaves."""
        if id not in self._after:
            self._after[id] = fold(self.before(id), self._sent.get(id, ()))
        return self._after[id]

    def _covers(self, ancestors: Sequence[str], index: int) -> bool:
        """Whether the schema after ``ancestors[index]`` is known and holds all of those before it."""
        return ancestors[index] in self._after and self._is_line(ancestors, ancestors[index])

    def _is_line(self, ancestors: Sequence[str], id: str) -> bool:
        return tuple(ancestors[: ancestors.index(id)]) == self.ancestors(id)


def fold(schema: Schema, statements: Sequence[str]) -> Schema:
    """The schema once *statements* have run on it."""
    from safemigrate.schema import after

    for sql in statements:
        for operation in _read(sql):
            schema = after(operation, schema)
    return schema


@lru_cache(maxsize=8192)
def _read(sql: str) -> tuple[Operation, ...]:
    # the reader of SQL is a large import, and few revisions look at the live schema
    from safemigrate.sql import read

    return read(sql)


def _empty() -> Schema:
    from safemigrate.schema import Schema

    return Schema(complete=True)
