"""create-rule: see create_rule.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import CreateRule


def check(site: Site) -> Iterator[Hit]:
    """A rule rewrites statements, those of the old version among them."""
    op = site.operation
    assert isinstance(op, CreateRule)
    hazards = {Hazard.ADVICE}
    message = ""
    if op.instead and site.before.table(op.table or op.name) is not None and not site.is_new(op.table or op.name):
        hazards.add(Hazard.BREAKS_OLD)
        message = f"An {op.event} on {op.table} of the old version does something else from now on."
    yield Hit(frozenset(hazards), message=message)
