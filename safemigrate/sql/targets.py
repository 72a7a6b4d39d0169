"""The table of an ALTER TABLE, with the words before its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from safemigrate.schema.name import Name
from safemigrate.sql.cursor import Cursor, NotRead


class Words(TypedDict):
    """The words of ALTER TABLE that every action shares, as operations take them."""

    only: bool
    if_table_exists: bool


@dataclass(frozen=True, slots=True)
class Target:
    """The table that is altered, and the text up to the first action."""

    table: Name
    head: str
    if_exists: bool = False
    only: bool = False

    @property
    def words(self) -> Words:
        return {"only": self.only, "if_table_exists": self.if_exists}


def unknown(cursor: Cursor, *before: str) -> NotRead:
    """The error that names an action by its keywords."""
    words = list(before)
    while cursor.sees_any(_KEYWORDS):
        words.append(cursor.advance().key)
    return NotRead(f"ALTER TABLE … {' '.join(words)} is not read yet".replace("…  is", "… is"))


_KEYWORDS = frozenset(
    """
    ACCESS ALWAYS ATTACH CLUSTER CONSTRAINT DETACH DISABLE DROP ENABLE EXPRESSION FORCE IDENTITY INHERIT LEVEL LOGGED
    METHOD NO NOT OF ON OPTIONS PARTITION REPLICA ROW RULE SECURITY SET TABLESPACE TRIGGER UNLOGGED WITHOUT OIDS
    """.split()
)
