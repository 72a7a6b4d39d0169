"""The two ways of writing a split: plain revisions that need nothing but Alembic, and the plugin's operations."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from safemigrate.plan import backfill_code, ops_code, python
from safemigrate.plan.backfill_code import Filling
from safemigrate.plan.python import Comments
from safemigrate.rulebook import Step
from safemigrate.schema import Operation


class Style(enum.Enum):
    """How steps stand in a revision. What is read back of them is the same."""

    PLAIN = "plain"
    OPS = "ops"

    def body(
        self, steps: Sequence[Step], known: Sequence[Operation], comments: Sequence[Comments] | None = None
    ) -> list[str]:
        """The lines of a function body that runs *steps*; *known* are the operations of the expand part.

        *comments* are what stands above each step.
        """
        said = comments or [()] * len(steps)
        if self is Style.PLAIN:
            return python.steps(steps, said)
        return ops_code.steps(steps, said, known=known)

    def backfill(self, filling: Filling) -> list[str]:
        """The lines that fill rows in batches."""
        return backfill_code.loop(filling) if self is Style.PLAIN else ops_code.backfill(filling)
