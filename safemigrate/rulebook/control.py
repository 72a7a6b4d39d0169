"""BEGIN, COMMIT and ROLLBACK that a revision sends itself."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.history.transactions import savepoint_name
from safemigrate.rulebook.hazard import Hazard
from safemigrate.rulebook.site import Placed, Run, Site
from safemigrate.schema.operations import TransactionControl

BEGINS = ("BEGIN", "START")
COMMITS = ("COMMIT", "END")
TAKES_BACK = ("ROLLBACK", "ABORT")

#: what a statement does while it runs, whether it is taken back or not
WHILE_IT_RUNS = frozenset(
    {Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES, Hazard.REWRITES_TABLE, Hazard.FAILS, Hazard.UNREADABLE}
)

OPENED_AGAIN = " The COMMIT before it does not help: psycopg 3 opens another transaction for what follows."


def behind_commit(site: Site) -> bool:
    """Whether the revision itself ended the transaction before the site's first operation."""
    for placed in site.in_transaction:
        if placed is site.operations[0]:
            return False
        if isinstance(placed.operation, TransactionControl) and placed.operation.kind in (*COMMITS, *TAKES_BACK):
            return True
    return False


def taken_back(run: Run) -> Iterator[Placed]:
    """The operations that nobody sees the outcome of: a ROLLBACK, or one to a savepoint, comes behind them."""
    open_ones: list[Placed] = []
    savepoints: list[tuple[str, int]] = []
    transaction: int | None = None
    for placed in run.operations:
        if placed.statement.transaction != transaction or transaction is None:
            open_ones, savepoints, transaction = [], [], placed.statement.transaction
        op = placed.operation
        if not isinstance(op, TransactionControl):
            open_ones.append(placed)
        elif op.kind == "SAVEPOINT":
            savepoints.append((savepoint_name(op), len(open_ones)))
        elif op.kind == "ROLLBACK TO":
            start = next((at for name, at in reversed(savepoints) if name == savepoint_name(op)), len(open_ones))
            yield from open_ones[start:]
            del open_ones[start:]
        elif op.kind in TAKES_BACK:
            yield from open_ones
            open_ones, savepoints = [], []
        elif op.kind in COMMITS:
            open_ones, savepoints = [], []
