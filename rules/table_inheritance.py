"""table-inheritance: see table_inheritance.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import CreateTable, SetInheritance


def check(site: Site) -> Iterable[Hit]:
    """A table that inherits from another one and is no partition of it."""
    op = site.operation
    if (isinstance(op, CreateTable) and op.parents) or (isinstance(op, SetInheritance) and op.inherits):
        yield Hit(frozenset({Hazard.ADVICE}))
