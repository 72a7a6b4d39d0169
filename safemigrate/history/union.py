"""Two runs of one revision made into one: what both sent is certain, what one of them sent is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Sequence
from difflib import SequenceMatcher

from safemigrate.history.driver import Transaction
from safemigrate.history.recording import Recorded
from safemigrate.history.statement import Doubt

_Key = tuple[str, int, bool]

#: a statement with its transaction in the first and in the second run, where it was in it
_Placed = tuple[Recorded, Transaction | None, Transaction | None]


def numbered(statements: Sequence[Recorded]) -> list[tuple[Recorded, int | None]]:
    """The statements of one run, their transactions numbered from 0 in order of appearance."""
    numbers: dict[Transaction, int] = {}
    return [
        (each, None if each.transaction is None else numbers.setdefault(each.transaction, len(numbers)))
        for each in statements
    ]


def union(first: Sequence[Recorded], second: Sequence[Recorded]) -> list[tuple[Recorded, int | None]]:
    """Both runs in one order. What only one of them sent hangs on a made-up answer and is not certain."""
    return _renumbered(_woven(first, second))


def _woven(first: Sequence[Recorded], second: Sequence[Recorded]) -> list[_Placed]:
    keys, other_keys = [_key(each) for each in first], [_key(each) for each in second]
    in_first, in_second = set(keys), set(other_keys)
    woven: list[_Placed] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, keys, other_keys, autojunk=False).get_opcodes():
        if kind == "equal":
            woven += [(a, a.transaction, b.transaction) for a, b in zip(first[i1:i2], second[j1:j2], strict=True)]
            continue
        # a statement that both sent, in another order, is no less certain
        woven += [(_doubted(each, in_second), each.transaction, None) for each in first[i1:i2]]
        woven += [
            (_doubted(each), None, each.transaction) for each in _once(second[j1:j2]) if _key(each) not in in_first
        ]
    return woven


def _once(statements: Sequence[Recorded]) -> list[Recorded]:
    """A loop's statements without their repetitions."""
    return list({_key(each): each for each in reversed(statements)}.values())[::-1]


def _key(recorded: Recorded) -> _Key:
    return recorded.sql, recorded.line, recorded.transaction is None


def _doubted(recorded: Recorded, elsewhere: Container[_Key] = ()) -> Recorded:
    if _key(recorded) in elsewhere:
        return recorded
    return dataclasses.replace(recorded, doubts=recorded.doubts | {Doubt.ROW})


def _renumbered(placed: Sequence[_Placed]) -> list[tuple[Recorded, int | None]]:
    """Numbers that change wherever either run shows that a new transaction had begun."""
    number = -1
    last: tuple[Transaction | None, Transaction | None] = (None, None)
    result: list[tuple[Recorded, int | None]] = []
    for recorded, in_first, in_second in placed:
        if recorded.transaction is None:
            result.append((recorded, None))
            continue
        changed = _differs(last[0], in_first) or _differs(last[1], in_second)
        if changed or number < 0:
            number += 1
            last = (in_first, in_second)
        else:
            last = (in_first or last[0], in_second or last[1])
        result.append((recorded, number))
    return result


def _differs(before: Transaction | None, now: Transaction | None) -> bool:
    return before is not None and now is not None and before is not now
