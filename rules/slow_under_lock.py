"""slow-under-lock: see slow_under_lock.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site
from safemigrate.rulebook.held import Held, held
from safemigrate.rulebook.slow import is_slow
from safemigrate.schema import Name


def check(site: Site) -> Iterator[Hit]:
    """The first slow statement of a transaction that keeps others from a table meanwhile, and how many follow."""
    slow = [
        (at, placed, more)
        for at, placed, locks in held(site)
        if (more := _beyond_own(site, placed, locks)) and is_slow(site, placed)
    ]
    if not slow:
        return
    at, placed, tables = slow[0]
    names = " and ".join(map(str, tables))
    others = len({id(p.statement) for _, p, _ in slow} - {id(placed.statement)})
    yield Hit(
        frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES}),
        at=at,
        message=f"The transaction holds ACCESS EXCLUSIVE on {names} while this runs, so nobody reads or writes there "
        "until it is done."
        + (f" {others} more statements of the transaction prolong it." if others > 1 else "")
        + (" One more statement of the transaction prolongs it." if others == 1 else "")
        + " Put what is slow first, or into a transaction of its own.",
    )


def split(site: Site) -> Refusal | None:
    """Whether what is slow may come first, or by itself, only its author knows."""
    hit = next(iter(check(site)), None)
    if hit is None:
        return None
    what = " ".join(site.operations[hit.at].operation.sql().split())
    return Refusal(
        f"{what} runs while others are kept from a table.",
        "Put it before what takes the lock, under a name of its own if need be, in a with "
        "op.get_context().autocommit_block().",
    )


def _beyond_own(site: Site, placed: Placed, locks: Held) -> tuple[Name, ...]:
    """The tables that earlier statements keep from everybody, and this one by itself would not."""
    footprint = site.footprint(placed)
    return tuple(
        lock.table for lock in locks if lock.mode.blocks_reads and footprint.strongest(lock.table) is not lock.mode
    )
