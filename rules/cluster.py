"""cluster: see cluster.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.operations import Cluster


def check(site: Site) -> Iterable[Hit]:
    """The table, or every one that was clustered before, is written anew."""
    op = site.operation
    assert isinstance(op, Cluster)
    if op.table is None or not site.is_new(op.table):
        what = str(op.table) if op.table is not None else "Every table that was clustered before"
        yield Hit(
            frozenset({Hazard.REWRITES_TABLE}),
            message=f"{what} is written anew under a lock that stops reads and writes.",
        )


def split(site: Site) -> Split | Refusal | None:
    """PostgreSQL has no form of it that lets others work."""
    return Refusal(
        "CLUSTER has no form that lets others work.",
        "pg_repack sorts a table while others work; and new rows do not keep the order anyway.",
    )
