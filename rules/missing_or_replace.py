"""missing-or-replace: see missing_or_replace.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import CreateFunction, CreateTrigger, CreateView


def check(site: Site) -> Iterable[Hit]:
    """What could be made a second time without an error, and is not."""
    op = site.operation
    assert isinstance(op, CreateFunction | CreateTrigger | CreateView)
    constraint = isinstance(op, CreateTrigger) and op.constraint
    if not op.or_replace and op.kind in ("FUNCTION", "PROCEDURE", "VIEW", "TRIGGER") and not constraint:
        yield Hit(frozenset({Hazard.ADVICE}), message=f"CREATE OR REPLACE {op.kind} could be run again.")
