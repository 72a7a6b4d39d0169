"""enum-value-ordering: see enum_value_ordering.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import AddEnumValue


def check(site: Site) -> Iterable[Hit]:
    """A label whose place nobody chose."""
    op = site.operation
    assert isinstance(op, AddEnumValue)
    if op.neighbour is None:
        yield Hit(frozenset({Hazard.ADVICE}), message=f"{op.value!r} comes last in {op.type}: say BEFORE or AFTER.")
