"""statement-timeout: see statement_timeout.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.rows import changes_many_rows
from safemigrate.rulebook.timeouts import limits
from safemigrate.schema import Work

_SLOW = (Work.SCAN, Work.INDEX_BUILD, Work.REWRITE)


def check(site: Site) -> Iterable[Hit]:
    """One finding for everything under review, at the first statement that may run without an end."""
    if site.policy.lock_timeout == "managed":
        return
    statements = limits(site.operations, "statement_timeout")
    idle = list(limits(site.operations, "idle_in_transaction_session_timeout"))
    for at, (placed, limit) in enumerate(zip(site.operations, statements, strict=True)):
        if limit is None and _is_slow(site, placed):
            also = "" if idle[at] is not None else ", and idle_in_transaction_session_timeout with it"
            yield Hit(
                frozenset({Hazard.ADVICE}),
                at=at,
                message=f"Nothing ends this statement, however long it runs: set statement_timeout before it{also}.",
            )
            return


def _is_slow(site: Site, placed: Placed) -> bool:
    footprint = site.footprint(placed)
    used = any(not placed.before.is_new(lock.table) for lock in footprint.locks)
    return changes_many_rows(placed) or (footprint.work in _SLOW and used)
