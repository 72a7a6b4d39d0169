"""What a revision of a split does a second time: only what PostgreSQL takes twice, wherever a commit comes behind it.

The kills of test_scenarios.py show it on a server; here each operation is named that would not be taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from scenario import read_scenarios
from stage import project, split

from safemigrate.history import load, read_revisions
from safemigrate.rulebook import Placed, replay
from safemigrate.rulebook.twice import bears_twice
from safemigrate.schema import Operation, Schema
from safemigrate.schema import operations as o

SCENARIOS = {name: each for name, each in read_scenarios().items() if each.refusal is None}
#: a block that asks before it does anything
_ASKS = re.compile(r"DO\b.+\bIF\b.+\bTHEN\b", re.DOTALL)


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_a_commit_follows_may_run_again(name: str, tmp_path: Path) -> None:
    folder = project(tmp_path / "split", SCENARIOS[name])
    for file in split(folder, SCENARIOS[name]):
        # whatever a revision asks for has been done
        file.path.write_text(re.sub(r"\bif .*\(still_to_do\)\):", "if False:", file.text))
    history = load(folder / "alembic.ini")
    readings = read_revisions(history, downgrades=())
    runs = tuple(replay([readings[each.id] for each in history.revisions], Schema(complete=True)))
    told = {
        run.revision.id: [op.sql() for op in _once(run.operations, backfills=bool(run.revision.backfills))]
        for run in runs[1:]
        if run.revision.phase
    }
    assert {revision: found for revision, found in told.items() if found} == {}


def _once(operations: Sequence[Placed], *, backfills: bool) -> Iterator[Operation]:
    """The operations in front of the last commit that PostgreSQL would refuse a second time, or do twice."""
    last = max((i for i in range(1, len(operations)) if _begins(operations[i - 1], operations[i])), default=0)
    for i, placed in enumerate(operations[:last]):
        op, asks = placed.operation, _ASKS.match(placed.statement.sql)
        filled = backfills and isinstance(op, o.Update | o.Query)
        if not (asks or filled or bears_twice(op) or (i and _makes_room(operations[i - 1].operation, op))):
            yield op


def _begins(one: Placed, other: Placed) -> bool:
    number = other.statement.transaction
    return other.statement is not one.statement and (number is None or number != one.statement.transaction)


def _makes_room(drop: Operation, op: Operation) -> bool:
    """Whether *drop* takes away what *op* makes, if it is there."""
    pair = (o.DropConstraint | o.DropDomainConstraint, o.AddConstraint | o.AddDomainConstraint)
    named = getattr(op, "constraint", None)
    if isinstance(drop, pair[0]) and isinstance(op, pair[1]):
        return drop.if_exists and named is not None and drop.name == named.name
    if isinstance(drop, o.DropObject) and isinstance(op, o.CreateObject):
        return drop.if_exists and (drop.kind, drop.name) == (op.kind, op.name)
    return isinstance(drop, o.DropIndex) and isinstance(op, o.CreateIndex) and drop.if_exists
