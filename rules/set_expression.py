"""set-expression: see set_expression.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema import Work
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import SetExpression


def check(site: Site) -> Iterable[Hit]:
    """Every stored value is computed anew, and the old version reads another one."""
    op = _operation(site)
    if site.is_new(op.table):
        return
    hazards, words = set(), []
    if site.footprint().work is Work.REWRITE:
        hazards.add(Hazard.REWRITES_TABLE)
        words.append(f"Every row of {op.table} is computed anew under a lock that stops reads and writes.")
    if not site.before.is_new_column(op.table, op.column):
        hazards.add(Hazard.BREAKS_OLD)
        words.append(f"The old version reads what {quoted(op.column)} is now, not what it was written for.")
    if hazards:
        yield Hit(frozenset(hazards), message=" ".join(words))


def split(site: Site) -> Split | Refusal | None:
    """Another expression is another column."""
    op = _operation(site)
    return Refusal(
        f"{op.table}.{quoted(op.column)} cannot be computed in two ways while two versions read it.",
        "Add a column for the new expression, let the new version read that, and drop the old one in contract.",
    )


def _operation(site: Site) -> SetExpression:
    assert isinstance(site.operation, SetExpression)
    return site.operation
