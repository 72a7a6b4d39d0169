"""drop-not-null: see drop_not_null.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema import Answer, Check
from safemigrate.schema.operations import DropNotNull


def check(site: Site) -> Iterator[Hit]:
    """The old version reads what the new one may write from now on: NULL where there never was one."""
    op = site.operation
    assert isinstance(op, DropNotNull)
    if site.before.is_new_column(op.table, op.column):
        return
    if site.before.column(op.table, op.column).nullable is Answer.YES:
        return
    # a transaction is judged by its net change
    end = site.in_transaction[-1].after
    if end.column(op.table, op.column).nullable is Answer.NO:
        return
    if end.has_column(op.table, op.column) is Answer.NO:
        return
    table = end.table(op.table)
    constraints = table.constraints.values() if table else ()
    if any(isinstance(c, Check) and op.column in c.expression.not_null for c in constraints):
        return
    yield Hit(frozenset({Hazard.SURPRISES_OLD}))
