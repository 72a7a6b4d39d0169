"""BEGIN, COMMIT and ROLLBACK that a revision sends itself."""

from __future__ import annotations

from safemigrate.rulebook.site import Site
from safemigrate.schema.operations import TransactionControl

BEGINS = ("BEGIN", "START")
COMMITS = ("COMMIT", "END")
TAKES_BACK = ("ROLLBACK", "ABORT")

OPENED_AGAIN = " The COMMIT before it does not help: psycopg 3 opens another transaction for what follows."


def behind_commit(site: Site) -> bool:
    """Whether the revision itself ended the transaction before the site's first operation."""
    for placed in site.in_transaction:
        if placed is site.operations[0]:
            return False
        if isinstance(placed.operation, TransactionControl) and placed.operation.kind in (*COMMITS, *TAKES_BACK):
            return True
    return False
