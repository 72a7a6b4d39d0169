"""The schema that a history did not make itself, from the text of a dump."""

from __future__ import annotations

from safemigrate.history.dump import dumped_schema as baseline
from safemigrate.history.dump import pieces

__all__ = ["baseline", "pieces"]
