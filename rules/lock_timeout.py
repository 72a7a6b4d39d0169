"""lock-timeout: see lock_timeout.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.schema import LockMode
from safemigrate.schema.operations import DropIndex, Query, SetParameter, TransactionControl

_DURATION = re.compile(r"\s*(\d*\.?\d+)\s*(us|ms|s|min|h|d)?\s*")
_SET_CONFIG = re.compile(r"\bset_config\(\s*'lock_timeout'\s*,\s*'([^']*)'\s*,\s*(true|false)\s*\)", re.IGNORECASE)


@dataclass
class _Session:
    """Whether a lock timeout holds, in the session and in the transaction that is open."""

    session: bool = False
    local: bool = False
    transaction: int | None = None

    @property
    def limited(self) -> bool:
        return self.session or self.local

    def enter(self, transaction: int | None) -> None:
        """SET LOCAL ends with its transaction; in autocommit it has no effect at all."""
        if transaction is None or transaction != self.transaction:
            self.local = False
        self.transaction = transaction

    def set(self, value: str | None, *, local: bool) -> None:
        if local:
            self.local = _limits(value)
        else:
            self.session, self.local = _limits(value), False


def check(site: Site) -> Iterable[Hit]:
    """One finding for everything under review, where it begins: the setting belongs in env.py, once."""
    if site.policy.lock_timeout == "managed":
        return
    unlimited = list(_unlimited(site))
    if not unlimited:
        return
    at, mode = unlimited[0]
    others = len({id(site.operations[n].statement) for n, _ in unlimited}) - 1
    hazards = {Hazard.BLOCKS_WRITES} | ({Hazard.BLOCKS_READS} if mode.blocks_reads else set())
    yield Hit(frozenset(hazards), at=at, certain=False, message=_message(mode, others))


def _unlimited(site: Site) -> Iterable[tuple[int, LockMode]]:
    """Where an operation waits for a strong lock without a limit, and for which."""
    session = _Session()
    place: tuple[object, ...] = ()
    for at, placed in enumerate(site.operations):
        statement = placed.statement
        # each revision may be deployed by itself, in a session of its own
        if (statement.revision, statement.direction) != place:
            place, session = (statement.revision, statement.direction), _Session()
        session.enter(statement.transaction)
        match placed.operation:
            case SetParameter(name="lock_timeout" | "all" as name, value=value, local=local):
                session.set(value if name == "lock_timeout" else None, local=local)
            case Query(text=text) if match := _SET_CONFIG.search(text):
                session.set(match[1], local=match[2].lower() == "true")
            case TransactionControl(kind="COMMIT" | "ROLLBACK" | "END" | "ABORT"):
                session.local = False
            case _:
                mode = _strongest(site, placed)
                if mode is not None and not session.limited:
                    yield at, mode


def _strongest(site: Site, placed: Placed) -> LockMode | None:
    """The strongest lock on a table that others may use, if it stops their reads or writes."""
    before = placed.before
    modes = [
        lock.mode
        for lock in site.footprint(placed).locks
        if lock.mode.blocks_writes and not before.is_new(lock.table)
    ]
    op = placed.operation
    if isinstance(op, DropIndex) and not op.concurrently and before.index_table(op.index) is None:
        # an index that the history never made stands on a table that it does not know
        modes.append(LockMode.ACCESS_EXCLUSIVE)
    return max(modes, default=None)


def _limits(value: str | None) -> bool:
    """Whether a value of lock_timeout is a limit: 0 is none, and DEFAULT is whatever the server has, mostly 0."""
    match = _DURATION.fullmatch(value or "")
    return match is not None and float(match[1]) > 0


def _message(mode: LockMode, others: int) -> str:
    more = f" So do {others} more statements." if others > 1 else " So does one more statement." if others else ""
    return (
        f"It waits for {mode} as long as it takes, and meanwhile everybody who comes later waits behind it.{more} "
        "Put SET lock_timeout = '1s' before it, once in env.py; where safemigrate apply runs the revisions, "
        'write lock_timeout = "managed" in the configuration.'
    )
