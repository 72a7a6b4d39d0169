"""table-inheritance: see table_inheritance.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import CreateTable, SetInheritance


def check(site: Site) -> Iterable[Hit]:
    """A table that inherits from another one and is no partition of it, or that no longer does."""
    op = site.operation
    if isinstance(op, SetInheritance) and op.inherits and not _showed_already(site, op):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD, Hazard.ADVICE}),
            message=f"The old version finds the rows of {op.table} in {op.parent} from now on, and its UPDATE and "
            f"DELETE of {op.parent} reach them.",
        )
    elif (isinstance(op, CreateTable) and op.parents) or (isinstance(op, SetInheritance) and op.inherits):
        yield Hit(frozenset({Hazard.ADVICE}))
    elif isinstance(op, SetInheritance) and not _unnoticed(site, op):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"The old version no longer finds the rows of {op.table} in {op.parent}.",
        )


def split(site: Site) -> Split | None:
    """The same when no version looks for the rows any more."""
    op = site.operation
    if not any(Hazard.BREAKS_OLD in hit.hazards for hit in check(site)):
        return None
    assert isinstance(op, SetInheritance)
    if op.inherits:
        return put_off(
            site,
            f"shows the rows of {op.table} in {op.parent}",
            deploy=f"the version that says ONLY {op.parent}, or counts on the rows of {op.table} there",
            proof=f"No running version takes the rows of {op.parent} for its own alone.",
        )
    return put_off(
        site,
        f"takes {op.table} out of {op.parent}",
        deploy=f"the version that does without the rows of {op.table} in {op.parent}",
        proof=f"No running version looks for rows of {op.table} in {op.parent}.",
    )


def _showed_already(site: Site, op: SetInheritance) -> bool:
    """Whether the revision made one of the two, or the child inherited when the transaction began."""
    before = site.in_transaction[0].before
    child = before.table(op.table)
    inherited = child is not None and before.resolve(op.parent) in child.parents
    return inherited or site.is_new(op.table) or site.is_new(op.parent)


def _unnoticed(site: Site, op: SetInheritance) -> bool:
    """Whether the revision made one of the two, or the transaction goes on to let the child inherit again."""
    here = site.in_transaction.index(site.operations[0])
    return (
        site.is_new(op.table)
        or site.is_new(op.parent)
        or any(
            isinstance(later := placed.operation, SetInheritance)
            and later.inherits
            and placed.before.same(later.table, op.table)
            and placed.before.same(later.parent, op.parent)
            for placed in site.in_transaction[here + 1 :]
        )
    )
