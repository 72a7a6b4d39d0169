"""unvalidated-constraint: see unvalidated_constraint.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.reach import made_name
from safemigrate.schema import Name, Schema
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddConstraint


def check(site: Site) -> Iterable[Hit]:
    """Each constraint that is still NOT VALID where the history under review ends."""
    for at, placed in enumerate(site.operations):
        op = placed.operation
        if not isinstance(op, AddConstraint) or getattr(op.constraint, "valid", True) or _is_not_enforced(op):
            continue
        name = made_name(placed, op.table)
        if name and _still_unproved(site.after, _table(placed, op), name):
            yield Hit(
                frozenset({Hazard.ADVICE}),
                at=at,
                message=f"No revision validates {quoted(name)}, so PostgreSQL cannot rely on it: "
                f"ALTER TABLE {op.table.sql()} VALIDATE CONSTRAINT {quoted(name)}, in a revision of its own.",
            )


def _is_not_enforced(op: AddConstraint) -> bool:
    return not getattr(op.constraint, "enforced", True)


def _table(placed: Placed, op: AddConstraint) -> Name:
    return placed.before.resolve(op.table)


def _still_unproved(end: Schema, table: Name, name: str) -> bool:
    known = end.table(table)
    constraint = known.constraints.get(name) if known else None
    return constraint is not None and not getattr(constraint, "valid", True)
