"""What a revision does, statement by statement: its locks and whom they stop, its work, its hazards, its phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safemigrate.history.statement import Phase, Revision, Statement
from safemigrate.rulebook import Finding, Hazard, Placed, Run
from safemigrate.schema import Lock, LockMode, Work, footprint
from safemigrate.schema.operations import Unreadable

_ALL = frozenset(LockMode)
_M = LockMode

#: the modes that a lock waits for, or that wait for it. Source: PostgreSQL 18 manual, table 13.2
CONFLICTS: Mapping[LockMode, frozenset[LockMode]] = {
    _M.ACCESS_SHARE: frozenset({_M.ACCESS_EXCLUSIVE}),
    _M.ROW_SHARE: frozenset({_M.EXCLUSIVE, _M.ACCESS_EXCLUSIVE}),
    _M.ROW_EXCLUSIVE: frozenset({_M.SHARE, _M.SHARE_ROW_EXCLUSIVE, _M.EXCLUSIVE, _M.ACCESS_EXCLUSIVE}),
    _M.SHARE_UPDATE_EXCLUSIVE: _ALL - {_M.ACCESS_SHARE, _M.ROW_SHARE, _M.ROW_EXCLUSIVE},
    _M.SHARE: _ALL - {_M.ACCESS_SHARE, _M.ROW_SHARE, _M.SHARE},
    _M.SHARE_ROW_EXCLUSIVE: _ALL - {_M.ACCESS_SHARE, _M.ROW_SHARE},
    _M.EXCLUSIVE: _ALL - {_M.ACCESS_SHARE},
    _M.ACCESS_EXCLUSIVE: _ALL,
}

_EFFORT = (Work.INSTANT, Work.UNKNOWN, Work.ROWS, Work.SCAN, Work.INDEX_BUILD, Work.REWRITE)


@dataclass(frozen=True, slots=True)
class Held:
    """A lock of a statement. *new* says that the revision itself made the table, so that nobody else waits."""

    lock: Lock
    new: bool = False

    @property
    def blocks_reads(self) -> bool:
        return self.lock.mode.blocks_reads and not self.new

    @property
    def blocks_writes(self) -> bool:
        return self.lock.mode.blocks_writes and not self.new


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of a revision.

    *work* is the heaviest of what it does. *behind* counts the statements that come after it in its transaction,
    through all of which its locks are held. *readable* is False where nobody knows what it does.
    """

    statement: Statement
    locks: tuple[Held, ...]
    work: Work
    findings: tuple[Finding, ...]
    behind: int = 0
    readable: bool = True

    @property
    def hazards(self) -> frozenset[Hazard]:
        """Why it matters; what somebody allowed is among them."""
        return frozenset(hazard for finding in self.findings for hazard in finding.hazards)

    @property
    def suggested_phase(self) -> Phase | None:
        """The phase that its hazards ask for, None where it may run in the one it was judged in."""
        asked = [finding.suggested_phase for finding in self.findings if finding.suggested_phase]
        return asked[0] if asked else None


@dataclass(frozen=True, slots=True)
class Account:
    """A revision and its steps, in order, judged in *phase*."""

    revision: Revision
    phase: Phase
    steps: tuple[Step, ...]


def accounts(runs: Sequence[Run], findings: Sequence[Finding], *, postgres: int | None = None) -> tuple[Account, ...]:
    """What each run does. *findings* are those of the runs; *postgres* is the target's major version or None."""
    return tuple(_account(run, findings, postgres) for run in runs)


def _account(run: Run, findings: Sequence[Finding], postgres: int | None) -> Account:
    groups: dict[int, list[Placed]] = {}
    for placed in run.operations:
        groups.setdefault(id(placed.statement), []).append(placed)
    statements = [group[0].statement for group in groups.values()]
    own = [finding for finding in findings if finding.path == run.revision.path and finding.statement]
    return Account(
        run.revision,
        run.phase,
        tuple(
            _step(group, [f for f in own if _is_about(f, group)], _behind(statements, n), postgres)
            for n, group in enumerate(groups.values())
        ),
    )


def _is_about(finding: Finding, group: Sequence[Placed]) -> bool:
    statement = group[0].statement
    texts = {statement.sql or placed.operation.sql() for placed in group if statement.sql}
    return (
        finding.direction is statement.direction
        and finding.line == statement.line
        and finding.statement in texts | {statement.sql}
    )


def _behind(statements: Sequence[Statement], position: int) -> int:
    transaction = statements[position].transaction
    return 0 if transaction is None else sum(s.transaction == transaction for s in statements[position + 1 :])


def _step(group: Sequence[Placed], findings: Sequence[Finding], behind: int, postgres: int | None) -> Step:
    footprints = [footprint(placed.operation, placed.before, postgres=postgres) for placed in group]
    locks = dict.fromkeys(lock for found in footprints for lock in found.locks)
    before = group[0].before
    return Step(
        statement=group[0].statement,
        locks=tuple(Held(lock, before.is_new(lock.table)) for lock in _strongest(locks)),
        work=max((found.work for found in footprints), key=_EFFORT.index),
        findings=tuple(findings),
        behind=behind,
        readable=not any(isinstance(placed.operation, Unreadable) for placed in group),
    )


def _strongest(locks: Mapping[Lock, None]) -> tuple[Lock, ...]:
    """One lock a table."""
    strongest: dict[object, Lock] = {}
    for lock in locks:
        held = strongest.get(lock.table)
        if held is None or lock.mode > held.mode:
            strongest[lock.table] = lock
    return tuple(strongest.values())
