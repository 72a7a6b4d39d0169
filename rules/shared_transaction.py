"""shared-transaction: see shared_transaction.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.held import blocking
from safemigrate.rulebook.rows import changes_many_rows
from safemigrate.rulebook.slow import is_slow
from safemigrate.schema import Name
from safemigrate.schema.operations import CreateTable


def check(site: Site) -> Iterator[Hit]:
    """The first slow statement that runs while the lock of an earlier revision is still held."""
    if not site.project.shares_transaction:
        return
    kept: dict[Name, str] = {}
    made: set[Name] = set()
    for at, placed in enumerate(site.operations):
        statement = placed.statement
        if statement.transaction is None:
            # an autocommit block commits what came before it
            kept.clear()
            made.clear()
            continue
        earlier = next((table for table, revision in kept.items() if revision != statement.revision), None)
        if earlier is not None and (changes_many_rows(placed) or is_slow(site, placed)):
            yield Hit(
                frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES}),
                at=at,
                certain=False,
                message=f"env.py runs all pending revisions in one transaction, so the lock that revision "
                f"{kept[earlier]} took on {earlier} is held while this runs: set transaction_per_migration=True "
                "in context.configure().",
            )
            return
        if isinstance(placed.operation, CreateTable):
            made.add(placed.before.resolve(placed.operation.table))
        for lock in blocking(site, placed):
            if lock.mode.blocks_reads and lock.table not in made:
                kept.setdefault(lock.table, statement.revision)
