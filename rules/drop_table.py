"""drop-table: see drop_table.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split, Step
from safemigrate.rulebook.net import named_here, successor
from safemigrate.schema import Answer, ForeignKey, Name
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropConstraint, DropTable, Operation


def check(site: Site) -> Iterator[Hit]:
    """Every drop of a table that a running version can reach, unless a new table takes its name."""
    op = _operation(site)
    if site.is_new(op.table) or _absent(op, site) or successor(site):
        return
    lost = {Hazard.LOSES_DATA}
    if not named_here(site, op.table):
        lost.add(Hazard.BREAKS_OLD)
    referring = _referring(op, site)
    if referring and not op.cascade:
        names = " and ".join(f"{quoted(key.name)} of {child}" for child, key in referring)
        yield Hit(
            frozenset({*lost, Hazard.FAILS}),
            message=f"PostgreSQL refuses to drop {op.table} while {names} refers to it; then its rows are gone "
            "for good, and so is every statement of the old version that names it.",
        )
    else:
        yield Hit(frozenset(lost))


def split(site: Site) -> Split | Refusal | None:
    """Let go of what the table still forbids to others; drop it when the old version is gone."""
    op = _operation(site)
    if not any(check(site)):
        return None
    if named_here(site, op.table):
        return Refusal(
            f"{op.table} has just got its name, and is the only way back.",
            "Drop it in a later revision, a release on.",
        )
    referring = _referring(op, site)
    if referring and not op.cascade:
        child, key = referring[0]
        return Refusal(
            f"{quoted(key.name)} of {child} refers to {op.table}, so PostgreSQL will not drop it.",
            f"Drop {quoted(key.name)} in this revision first, or {child} itself.",
        )
    cascading = _cascading(op, site)
    return Split(
        consumes=frozenset({site.position, *cascading}),
        place=site.position,
        change=f"drops the table {op.table}",
        expand=tuple(_released(op, site)),
        # one by one: each locks another table, and none waits for a lock while it holds two
        contract=(
            *((drop,) for drop in cascading.values()),
            *((DropConstraint(child, key.name),) for child, key in referring),
            (*_untied(op, site), op),
        ),
        proof=f"No running version uses {op.table}, and its rows are kept elsewhere or not wanted.",
        deploy=f"the version that no longer uses {op.table}",
    )


def _absent(op: DropTable, site: Site) -> bool:
    """Whether IF EXISTS finds nothing to drop, for certain."""
    return op.if_exists and site.before.exists(op.table) is Answer.NO


def _referring(op: DropTable, site: Site) -> tuple[tuple[Name, ForeignKey], ...]:
    """The foreign keys of tables that this statement does not drop, too."""
    going = _going_together(site)
    return tuple((child, key) for child, key in site.before.referencing(op.table) if child not in going)


def _cascading(op: DropTable, site: Site) -> dict[int, DropConstraint]:
    """The foreign keys that the revision drops before the table they refer to, and by which the old version deletes
    more than it says."""
    return {
        position: placed.operation
        for position, placed in enumerate(site.run.operations[: site.position])
        if isinstance(placed.operation, DropConstraint) and _cascades_from(placed, placed.operation, op)
    }


def _cascades_from(placed: Placed, drop: DropConstraint, op: DropTable) -> bool:
    table = placed.before.table(drop.table)
    key = table.constraints.get(drop.name) if table is not None else None
    return isinstance(key, ForeignKey) and key.cascades and placed.before.same(key.referenced, op.table)


def _going_together(site: Site) -> dict[Name, Name]:
    """The tables that the statement drops, as it writes them, by their full names."""
    here = site.operations[0]
    return {
        here.before.resolve(p.operation.table): p.operation.table
        for p in site.run.operations
        if p.statement is here.statement and isinstance(p.operation, DropTable)
    }


def _released(op: DropTable, site: Site) -> Iterable[Step]:
    """The foreign keys by which rows that stay here would forbid the new version to delete those they refer to."""
    table = site.before.table(op.table)
    for key in table.constraints.values() if table else ():
        other = isinstance(key, ForeignKey) and not site.before.same(key.referenced, op.table)
        if isinstance(key, ForeignKey) and other and not key.cascades:
            yield (DropConstraint(op.table, key.name),)


def _untied(op: DropTable, site: Site) -> Iterable[Operation]:
    """What of the tables dropped together still refers to this one when its turn comes."""
    mates = _going_together(site)
    for child, key in site.before.referencing(op.table):
        if child in mates and site.after.table(child) is not None and key.cascades:
            yield DropConstraint(mates[child], key.name)


def _operation(site: Site) -> DropTable:
    assert isinstance(site.operation, DropTable)
    return site.operation
