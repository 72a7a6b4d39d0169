"""How many examples the tests draw that draw any."""

from __future__ import annotations

import os

#: examples of each such test, others in each run; 0: those of CI, always the same
FUZZ = int(os.environ.get("SAFEMIGRATE_FUZZ", "0"))


def examples(fixed: int) -> int:
    """How many to draw, where CI draws *fixed*."""
    return FUZZ or fixed
