"""lock-timeout: see lock_timeout.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.timeouts import limits
from safemigrate.schema import LockMode
from safemigrate.schema.operations import DropIndex

#: who waits longer than this keeps everybody behind him waiting, too
LONGEST_MS = 10_000


def check(site: Site) -> Iterable[Hit]:
    """One finding for everything under review, where it begins: the setting belongs in env.py, once."""
    if site.policy.lock_timeout == "managed":
        return
    unlimited = list(_unlimited(site))
    if not unlimited:
        return
    at, mode, limit = unlimited[0]
    others = len({id(site.operations[n].statement) for n, _, _ in unlimited}) - 1
    hazards = {Hazard.BLOCKS_WRITES} | ({Hazard.BLOCKS_READS} if mode.blocks_reads else set())
    yield Hit(frozenset(hazards), at=at, certain=False, message=_message(mode, limit, others))


def _unlimited(site: Site) -> Iterable[tuple[int, LockMode, float | None]]:
    """Where an operation waits too long for a strong lock, for which, and how long."""
    for at, (placed, limit) in enumerate(zip(site.operations, limits(site.operations, "lock_timeout"), strict=True)):
        if limit is None or limit > LONGEST_MS:
            mode = _strongest(site, placed)
            if mode is not None:
                yield at, mode, limit


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


def _message(mode: LockMode, limit: float | None, others: int) -> str:
    more = f" So do {others} more statements." if others > 1 else " So does one more statement." if others else ""
    long = "as long as it takes" if limit is None else f"for up to {limit / 1000:g} s"
    return (
        f"It waits for {mode} {long}, and meanwhile everybody who comes later waits behind it.{more} "
        "Put SET lock_timeout = '1s' before it, once in env.py; where safemigrate apply runs the revisions, "
        'write lock_timeout = "managed" in the configuration.'
    )
