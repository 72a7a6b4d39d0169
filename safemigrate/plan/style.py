"""The two ways of writing a split: plain revisions that need nothing but Alembic, and the plugin's operations."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from safemigrate.plan import backfill_code, ops_code, python
from safemigrate.rulebook import Step
from safemigrate.schema import Operation
from safemigrate.schema import operations as o


class Style(enum.Enum):
    """How steps stand in a revision. What is read back of them is the same."""

    PLAIN = "plain"
    OPS = "ops"

    def body(self, steps: Sequence[Step], known: Sequence[Operation], *, open_transaction: bool = False) -> list[str]:
        """The lines of a function body that runs *steps*; *known* are the operations of the expand part.

        *open_transaction* says that the lines above leave something to commit.
        """
        if self is Style.PLAIN:
            return python.steps(steps, open_transaction=open_transaction)
        return ops_code.steps(steps, known=known, open_transaction=open_transaction)

    def backfill(self, update: o.Update, key: tuple[str, ...], *, needed: tuple[str, ...] = ()) -> list[str]:
        """The lines that fill the rows of *update* by the primary key, if the table has the columns *needed*."""
        write = backfill_code.loop if self is Style.PLAIN else ops_code.backfill
        return write(update, key, needed=needed)
