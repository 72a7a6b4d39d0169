"""What stands on a table beside its columns and constraints: triggers, policies, privileges. Values only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from safemigrate.schema.name import Name, quoted

_OF_A_ROW = re.compile(r'\b(?P<row>NEW|OLD)\s*\.\s*(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<word>\w+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Granted:
    """A *privilege* (upper case) that *role* has, and may hand on where it is *grantable*."""

    role: str
    privilege: str
    grantable: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a table. *columns* are those of UPDATE OF, *condition* that of WHEN, *enabled* is False after
    DISABLE. *equal* are an old and a new column that a trigger of ours keeps equal."""

    name: str
    timing: str = ""
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    function: Name | None = None
    enabled: bool = True
    each_row: bool = False
    constraint: bool = False
    condition: str = ""
    equal: tuple[str, str] | None = None
    born: int = field(default=-1, compare=False)

    @property
    def named(self) -> frozenset[str]:
        """The columns of its list and its condition: it keeps them from going, and from getting another type."""
        return frozenset((*self.columns, *columns_of_row(self.condition)))

    def renamed(self, old: str, new: str) -> Trigger:
        """The trigger once its table calls the column *old* *new*."""

        def word(match: re.Match[str]) -> str:
            return f"{match['row']}.{quoted(new)}" if _column(match) == old else match[0]

        columns = tuple(new if column == old else column for column in self.columns)
        return replace(self, columns=columns, condition=_OF_A_ROW.sub(word, self.condition))


def columns_of_row(condition: str) -> tuple[str, ...]:
    """The columns of the row, as it was or as it is to be, that the condition of a trigger names."""
    return tuple(map(_column, _OF_A_ROW.finditer(condition)))


def _column(match: re.Match[str]) -> str:
    return match["quoted"].replace('""', '"') if match["quoted"] else match["word"].lower()


@dataclass(frozen=True, slots=True)
class Policy:
    """A row security policy. The fields are those of CreatePolicy."""

    name: str
    permissive: bool = True
    command: str = "ALL"
    roles: tuple[str, ...] = ("public",)
    born: int = field(default=-1, compare=False)
