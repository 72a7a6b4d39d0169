"""Whether two readings of one revision say the same: what differs by nature set aside, the rest told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from safemigrate.errors import SqlSyntaxError
from safemigrate.history.statement import Direction, Doubt, Reading, Statement

# one driver writes %(name)s::TYPE where the other writes $1
_TYPE = r"(?:(?:TIMESTAMP|TIME) WITH(?:OUT)? TIME ZONE|DOUBLE PRECISION|[\w.\"]+)(?:\(\d+(?:, ?\d+)?\))?(?:\[\])*"
_BOUND = re.compile(rf"(?:%\(\w+\)s|%s|\$\d+)(?:::{_TYPE})?")
# one sends many rows at once where the other sends one row many times
_ROWS = re.compile(r"(\((?:[^()]|\([^()]*\))*\))(?:, ?\((?:[^()]|\([^()]*\))*\))+(?= RETURNING|\s*$)")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Difference:
    """A statement that one reader has and the other has not."""

    sql: str
    line: int
    #: whether the server got it and the do-nothing driver did not; else the other way round
    only_sent: bool


def differences(read: Reading, sent: Reading) -> tuple[Difference, ...]:
    """What the do-nothing driver's *read* and the server's *sent* say differently of one upgrade, in order.

    Set aside is what differs by nature, and nothing else: how bound values are written, one statement for several
    rows or one for each, repetitions of one statement with other values, scripts cut or whole, white space; and
    what *read* itself calls uncertain because it hangs on rows, of which an empty database has none.
    """
    ours = list(_once(_upgrade(read)))
    theirs = list(_once(_upgrade(sent)))
    matcher = SequenceMatcher(None, [key for key, _ in ours], [key for key, _ in theirs], autojunk=False)
    found: list[Difference] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        found += [Difference(s.sql, s.line, False) for _, s in ours[i1:i2] if Doubt.ROW not in s.doubts]
        found += [Difference(s.sql, s.line, True) for _, s in theirs[j1:j2]]
    return tuple(found)


_Key = tuple[str, bool]


def _upgrade(reading: Reading) -> Iterator[tuple[_Key, Statement]]:
    for statement in reading.run(Direction.UPGRADE):
        for text in _pieces(statement.sent or statement.sql):
            bound = statement.parameters or bool(statement.sent)
            yield (_plain(text, bound), statement.transaction is None), statement


def _once(statements: Iterable[tuple[_Key, Statement]]) -> Iterator[tuple[_Key, Statement]]:
    """Statements without the repetitions that only their values tell apart."""
    last: _Key | None = None
    for key, statement in statements:
        if not (key == last and (statement.parameters or statement.sent)):
            yield key, statement
        last = key


def _pieces(sql: str) -> list[str]:
    from safemigrate.sql import cut

    try:
        return [piece.text for piece in cut(sql)]
    except SqlSyntaxError:
        return [sql]


def _plain(sql: str, parameters: bool) -> str:
    text = _SPACE.sub(" ", sql).strip().rstrip("; ")
    return _ROWS.sub(r"\1", _BOUND.sub("?", text)) if parameters else text
