"""drop-check: see drop_check.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.keys import columns_go, dropped, drops
from safemigrate.rulebook.net import left, name_in_the_end
from safemigrate.rulebook.reach import enforced
from safemigrate.schema import Answer, Check
from safemigrate.schema.operations import DropConstraint

SURPRISES = frozenset({Hazard.SURPRISES_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version may read what the check kept out so far, unless something else still keeps it out."""
    op = site.operation
    assert isinstance(op, DropConstraint)
    known = drops(site, Check)
    if known is Answer.UNKNOWN:
        yield Hit(SURPRISES, certain=False)
    if known is not Answer.YES:
        return
    constraint = dropped(site)
    assert isinstance(constraint, Check)
    expression = constraint.expression
    table = name_in_the_end(site, op.table)
    if not constraint.enforced or columns_go(site, op.table, tuple(expression.columns)):
        return
    if not enforced(left(site), table, expression.text):
        yield Hit(SURPRISES)
