"""vacuum-full: see vacuum_full.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.operations import Vacuum


def check(site: Site) -> Iterable[Hit]:
    """Every table is written anew, unless the revision made it."""
    op = _operation(site)
    old = [str(table) for table in op.tables if not site.is_new(table)]
    if op.full and (old or not op.tables):
        yield Hit(
            frozenset({Hazard.REWRITES_TABLE}),
            message=f"{' and '.join(old) or 'Every table'} is written anew under a lock that stops reads and writes.",
        )


def split(site: Site) -> Split | Refusal | None:
    """PostgreSQL has no form of it that lets others work."""
    return Refusal(
        "VACUUM FULL has no form that lets others work.",
        "A plain VACUUM frees the space for new rows; pg_repack, or REPACK CONCURRENTLY from PostgreSQL 19 on, gives "
        "it back while others work.",
    )


def _operation(site: Site) -> Vacuum:
    assert isinstance(site.operation, Vacuum)
    return site.operation
