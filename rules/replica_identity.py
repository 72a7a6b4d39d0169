"""replica-identity: see replica_identity.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.publishing import publication_of
from safemigrate.schema.operations import SetReplicaIdentity

BREAKS = frozenset({Hazard.BREAKS_REPLICATION})


def check(site: Site) -> Iterable[Hit]:
    """A table whose changed rows a subscriber cannot find, or finds by reading the whole table."""
    op = site.operation
    assert isinstance(op, SetReplicaIdentity)
    if op.identity == "NOTHING":
        refused = publication_of(site.before, op.table) is not None and not site.is_new(op.table)
        yield Hit(
            BREAKS | ({Hazard.BREAKS_OLD} if refused else set()),
            message=f"No subscriber finds a changed row of {op.table} any more, so PostgreSQL refuses every UPDATE "
            "and DELETE while it is published.",
        )
    elif op.identity == "FULL":
        yield Hit(
            BREAKS,
            message=f"Every UPDATE and DELETE of {op.table} sends the whole old row, and a subscriber without a "
            "fitting index reads its whole table for each.",
        )
