"""A release led past a contract that still waits: it branches off before it, and a merge joins the two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

from safemigrate.errors import SplitRefused
from safemigrate.history import History, Phase, Revision
from safemigrate.plan import python, source
from safemigrate.plan.commute import ANYTHING, conflict
from safemigrate.plan.files import ID_CHARACTERS, RevisionFile
from safemigrate.plan.names import names
from safemigrate.rulebook import Run
from safemigrate.schema import Operation, Schema, after
from safemigrate.schema.name import shortened


@dataclass(frozen=True, slots=True)
class Passed:
    """A linear stretch of a history: *parent*, the *waiting* contracts, what is to run *ahead* of them, and the
    contracts *behind* both."""

    parent: str
    waiting: tuple[Revision, ...]
    ahead: tuple[Revision, ...]
    behind: tuple[Revision, ...]


def find_waiting(history: History, new: Collection[str]) -> Passed:
    """The contracts that stand right before the revisions *new*, which are the last of the history.

    Raises:
        SplitRefused: there are none, or the stretch is not one line.
    """
    line = list(history.revisions)
    start = next((i for i, revision in enumerate(line) if revision.id in new), len(line))
    tail = line[start:]
    between = [revision.id for revision in tail if revision.id not in new]
    if between:
        raise SplitRefused(
            f"{between[0]} stands between the revisions to be led past, and is not one of them.",
            where=str(history.by_id[between[0]].path),
            remedy="Name all from the first of them to the head.",
        )
    first = start
    while first and line[first - 1].phase is Phase.CONTRACT:
        first -= 1
    waiting = tuple(line[first:start])
    if not waiting or not tail:
        raise SplitRefused(
            "no contract stands before the new revisions, so there is none to lead them past.",
            where=str(history.script_location),
            remedy="Apply them: safemigrate apply --phase expand.",
        )
    stretch = [*waiting, *tail]
    for above, below in pairwise(stretch):
        if below.down != (above.id,) or below.depends_on:
            raise _branched(below)
    if len(waiting[0].down) != 1:
        raise _branched(waiting[0])
    ahead = tuple(revision for revision in tail if revision.phase is not Phase.CONTRACT)
    behind = tuple(revision for revision in tail if revision.phase is Phase.CONTRACT)
    if (*ahead, *behind) != tuple(tail) or not ahead:
        raise SplitRefused(
            "the new revisions are not expands and migrates followed by their contracts.",
            where=str(tail[0].path),
            remedy="Split them first: safemigrate split --write.",
        )
    return Passed(waiting[0].down[0], waiting, ahead, behind)


def defer(history: History, passed: Passed, runs: Sequence[Run]) -> tuple[RevisionFile, ...]:
    """The files that lead a release past the contracts that wait; nothing that ran is moved.

    *runs* are the upgrades of the whole stretch.

    Raises:
        SplitRefused: what would run earlier does not provably commute with what would run later.
    """
    by_id = {run.revision.id: run for run in runs}
    _check([by_id[each.id] for each in passed.waiting], [by_id[each.id] for each in passed.ahead])
    last, contract = passed.ahead[-1], passed.waiting[-1]
    merge = shortened(f"{last.id}_merge", limit_bytes=ID_CHARACTERS)
    if merge in history.by_id:
        raise SplitRefused(f'there is a revision "{merge}" already.', where=str(history.by_id[merge].path))
    files = [_moved(passed.ahead[0], passed.parent), _merge(merge, last, contract, len(passed.waiting))]
    if passed.behind:
        files.append(_moved(passed.behind[0], merge))
    return tuple(files)


def _branched(revision: Revision) -> SplitRefused:
    return SplitRefused(
        f"{revision.id} is not on one line with the revisions around it.",
        where=str(revision.path),
        remedy="Only a history without branches at its end can be led past a contract.",
    )


def _check(waiting: Sequence[Run], ahead: Sequence[Run]) -> None:
    """Raises SplitRefused unless both orders certainly end in the same schema, and touch nothing in common."""
    start = waiting[0].operations[0].before if waiting[0].operations else Schema()
    for contract in waiting:
        for run in ahead:
            last = run.last if run.operations else start
            mine, theirs = _operations([contract]), _operations([run])
            common = conflict(mine, theirs, start, last)
            if common is not None:
                raise _dependent(run, contract, f"both change {_said(common)}" if common != ANYTHING else "")
            for _, name in sorted(names(mine, start) & names(theirs, start), key=str):
                raise _dependent(run, contract, f"both need the name {name}")
    later, earlier = _operations(waiting), _operations(ahead)
    one, other = _replayed(start, later + earlier), _replayed(start, earlier + later)
    if one.tables != other.tables or one.enums != other.enums:
        raise _dependent(ahead[0], waiting[0], "the two orders end in different schemas")


def _dependent(run: Run, contract: Run, reason: str) -> SplitRefused:
    why = reason or "one of them does what cannot be read, and may change what the other does"
    return SplitRefused(
        f"{run.revision.id} cannot run before {contract.revision.id}: {why}.",
        where=str(run.revision.path),
        remedy=f"Run {contract.revision.id} first; safemigrate can-i contract says what keeps its gate closed.",
    )


def _said(common: tuple[object, str]) -> str:
    table, column = common
    return f"{table}" if column == "*" else f"{table}.{column}"


def _operations(runs: Sequence[Run]) -> list[Operation]:
    return [placed.operation for run in runs for placed in run.operations]


def _replayed(schema: Schema, operations: Sequence[Operation]) -> Schema:
    return reduce(lambda before, operation: after(operation, before), operations, schema)


def _moved(revision: Revision, down: str) -> RevisionFile:
    text = source.with_parent(revision.path, down)
    return RevisionFile(revision.id, revision.phase or Phase.EXPAND, revision.path, text, replaces=True)


def _merge(name: str, last: Revision, contract: Revision, waiting: int) -> RevisionFile:
    """A revision that does nothing: it says that both lines have run."""
    contracts = "the contract that waited" if waiting == 1 else f"the {waiting} contracts that waited"
    text = f'''"""Join {contracts} and the release that was led past.

{last.id} may have run before {contract.id} or after it: they touch nothing in common.
It goes with the contracts, since it needs the one that waited.

Revision ID: {name}
Revises: {last.id}, {contract.id}

"""

# revision identifiers, used by Alembic.
revision = {python.string(name)}
# the release first: so it comes before the contract where neither has run
down_revision = ({python.string(last.id)}, {python.string(contract.id)})
branch_labels = None
depends_on = None

safemigrate_phase = "contract"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
'''
    path = last.path.with_name(f"{last.path.stem}_merge.py")
    return RevisionFile(name, Phase.CONTRACT, path, text, replaces=False)
