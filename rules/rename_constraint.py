"""rename-constraint: see rename_constraint.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.net import begun, left
from safemigrate.schema import Constraint, PrimaryKey, Table, Unique
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import RenameConstraint, RenameIndex


def check(site: Site) -> Iterator[Hit]:
    """ON CONFLICT ON CONSTRAINT names a key, and error handlers name any constraint; nothing else does."""
    table, name = _named(site)
    if table is not None and (table.born == site.before.revision or _made_here(site, table, name)):
        return
    constraint = table.constraints.get(name) if table else None
    if isinstance(site.operation, RenameIndex) and constraint is None:
        # what names an index is no statement of an application
        return
    if table is not None and _there_again(site, table, name):
        return
    if constraint is None or isinstance(constraint, Unique | PrimaryKey):
        yield Hit(frozenset({Hazard.BREAKS_OLD}), certain=False)
    else:
        yield Hit(
            frozenset({Hazard.ADVICE}),
            message=f"Where the old version tells errors apart by the name {quoted(name)}, it meets another one.",
        )


def _named(site: Site) -> tuple[Table | None, str]:
    op = site.operation
    if isinstance(op, RenameIndex):
        return site.before.index_table(op.index), op.index.name
    assert isinstance(op, RenameConstraint)
    return site.before.table(op.table), op.name


def _made_here(site: Site, table: Table, name: str) -> bool:
    start = begun(site).table(table.name)
    return start is not None and start.known and name not in start.constraints and name not in start.indexes


def _there_again(site: Site, table: Table, name: str) -> bool:
    """Whether a constraint on the same columns has the name when the transaction ends."""
    end = left(site).table(table.name)
    old, new = table.constraints.get(name), end.constraints.get(name) if end else None
    return new is not None and _columns(new) == _columns(old)


def _columns(constraint: Constraint | None) -> tuple[str, ...]:
    return constraint.columns if isinstance(constraint, Unique | PrimaryKey) else ()
