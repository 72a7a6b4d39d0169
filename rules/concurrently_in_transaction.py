"""concurrently-in-transaction: see concurrently_in_transaction.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.control import OPENED_AGAIN, behind_commit
from safemigrate.schema.operations import DetachPartition, DropIndex, Reindex

COMMANDS = {DropIndex: "DROP INDEX", Reindex: "REINDEX", DetachPartition: "DETACH PARTITION"}


def check(site: Site) -> Iterable[Hit]:
    """A concurrent command where PostgreSQL refuses it, also where it is the only statement."""
    op = site.operation
    if site.transaction is None or op.runs_in_transaction or not getattr(op, "concurrently", False):
        return
    again = OPENED_AGAIN if behind_commit(site) else ""
    yield Hit(
        frozenset({Hazard.FAILS}),
        message=f"{COMMANDS[type(op)]} CONCURRENTLY is refused inside a transaction, and Alembic opens one: "
        f"write it in a with op.get_context().autocommit_block().{again}",
    )
