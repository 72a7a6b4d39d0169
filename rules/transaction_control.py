"""transaction-control: see transaction_control.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.control import BEGINS, COMMITS, TAKES_BACK
from safemigrate.schema.operations import Query, SetParameter, TransactionControl

COMMIT = (
    "It commits what the revision has done so far, but not its place in the history: if a later statement fails, "
    "the revision stands half done and cannot be run again. Use with op.get_context().autocommit_block()."
)
ROLLBACK = (
    "It takes back everything that the transaction has done so far, other revisions included, and Alembic records "
    "them as run all the same."
)
BEGIN = "A transaction is open already, so it does nothing; the COMMIT that belongs to it would end Alembic's own."
NEVER_ENDED = "Nothing ends this transaction: what follows is never committed, or the connection is refused as busy."

ADVICE = frozenset({Hazard.ADVICE})


def check(site: Site) -> Iterable[Hit]:
    """A word on transactions that is the migration tool's to say."""
    op = site.operation
    assert isinstance(op, TransactionControl)
    if site.transaction is None:
        if op.kind in BEGINS and not _ends_later(site):
            yield Hit(frozenset({Hazard.FAILS}), message=NEVER_ENDED)
    elif not site.run.revision.id:
        # a script has its transactions to itself, as long as it ends them
        return
    elif op.kind in BEGINS:
        yield Hit(ADVICE, message=BEGIN)
    elif op.kind in COMMITS:
        yield Hit(ADVICE, message=COMMIT)
    elif op.kind in TAKES_BACK and _changed_before(site):
        yield Hit(ADVICE, message=ROLLBACK)


def _ends_later(site: Site) -> bool:
    """Whether the BEGIN of an autocommit block is followed by its end before Alembic takes over again."""
    for placed in site.run.operations[site.position + 1 :]:
        if placed.statement.transaction is not None:
            return False
        if isinstance(placed.operation, TransactionControl) and placed.operation.kind in (*COMMITS, *TAKES_BACK):
            return True
    return False


def _changed_before(site: Site) -> bool:
    for placed in site.in_transaction:
        if placed is site.operations[0]:
            return False
        if not isinstance(placed.operation, TransactionControl | Query | SetParameter):
            return True
    return False
