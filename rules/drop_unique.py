"""drop-unique: see drop_unique.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.keys import columns_go, dropped, drops, needed_by, stand_in
from safemigrate.rulebook.net import begun, left, name_in_the_end
from safemigrate.schema import Answer, Name, PrimaryKey, Unique
from safemigrate.schema.model import Exclusion, Index
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import CreateIndex, DropConstraint, DropIndex

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """ON CONFLICT (columns) of the old version needs a unique index on just these columns."""
    op = _operation(site)
    if isinstance(op, DropConstraint) and drops(site, Exclusion) is Answer.YES:
        if not _excluded_again(site, op):
            yield _forbids_no_more(op.name, "two rows that exclude each other")
    elif isinstance(op, DropConstraint):
        known = drops(site, Unique)
        if known is Answer.UNKNOWN:
            yield Hit(BREAKS, certain=False, message=_doubt(f"constraint {quoted(op.name)}"))
        elif known is Answer.YES:
            constraint = dropped(site)
            assert isinstance(constraint, Unique)
            yield from _dropped(site, op.table, _index(site, op.table, op.name), constraint)
    else:
        yield from _index_dropped(op, site)


def split(site: Site) -> Split | Refusal | None:
    """The same, when nobody upserts on the columns any more."""
    op = _operation(site)
    hits = list(check(site))
    if not hits or not any(Hazard.BREAKS_OLD in hit.hazards for hit in hits):
        return None
    name = quoted(op.name if isinstance(op, DropConstraint) else op.index.name)
    if any(Hazard.FAILS in hit.hazards for hit in hits):
        return Refusal(hits[0].message, "Drop what needs it first.")
    return Split(
        consumes=frozenset({site.position}),
        change=f"drops the unique {name}",
        contract=((_beside_traffic(op, site) if isinstance(op, DropIndex) else op,),),
        deploy=f"the version that does without {name}: no ON CONFLICT on its columns",
        proof=f"No running version upserts on the columns of {name}.",
    )


def _beside_traffic(op: DropIndex, site: Site) -> DropIndex:
    """The same CONCURRENTLY, which PostgreSQL refuses for an index of a partitioned table."""
    table = site.before.index_table(op.index)
    return op if table is not None and table.partitioned else replace(op, concurrently=True)


def _index_dropped(op: DropIndex, site: Site) -> Iterator[Hit]:
    table = site.before.index_table(op.index)
    if table is None:
        if (op.if_exists and site.before.complete) or _made_anew(op, site):
            return
        yield Hit(BREAKS, certain=False, message=_doubt(f"index {op.index}"))
        return
    index = table.indexes[op.index.name]
    start = begun(site).table(table.name)
    made_here = start is not None and start.known and op.index.name not in start.indexes
    if not index.unique or site.is_new(table.name) or made_here:
        return
    if isinstance(table.constraints.get(index.name), Unique | PrimaryKey):
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"PostgreSQL refuses to drop {op.index}: it belongs to the constraint of that name, "
            f"which ALTER TABLE {table.name} DROP CONSTRAINT drops.",
        )
        return
    yield from _dropped(site, table.name, index, None)


def _made_anew(op: DropIndex, site: Site) -> bool:
    """Whether the revision then makes an index of that name: what it drops is a build that failed, or the same."""
    later = (placed.operation for placed in site.run.operations[site.position + 1 :])
    return any(isinstance(made, CreateIndex) and made.index.name == op.index.name for made in later)


def _dropped(site: Site, table: Name, index: Index, constraint: Unique | None) -> Iterator[Hit]:
    op = _operation(site)
    if columns_go(site, table, index.columns):
        return
    if not op.cascade and (needed := needed_by(site.before, table, index)):
        child, key = needed[0]
        yield Hit(
            frozenset({Hazard.BREAKS_OLD, Hazard.FAILS}),
            message=f"PostgreSQL refuses to drop {quoted(index.name)}: {quoted(key.name)} of {child} refers to "
            "its columns.",
        )
    elif constraint is not None and constraint.deferrable.startswith("DEFERRABLE"):
        # no upsert can use it, but rows that it kept apart may now be the same
        yield _forbids_no_more(index.name, "two rows where the old one expects one")
    elif not stand_in(site, table, index):
        yield Hit(BREAKS)
    elif constraint is not None and not _is_named_again(site, table, constraint.name):
        yield Hit(
            BREAKS,
            certain=False,
            message=f"Another key serves ON CONFLICT on the columns, and none is called {quoted(constraint.name)}: "
            "where the old version says ON CONFLICT ON CONSTRAINT, it fails.",
        )


def _is_named_again(site: Site, table: Name, name: str) -> bool:
    end = left(site).table(name_in_the_end(site, table))
    return end is not None and name in end.constraints


def _forbids_no_more(name: str, what: str) -> Hit:
    return Hit(
        frozenset({Hazard.SURPRISES_OLD}), message=f"The new version may write what {quoted(name)} forbade: {what}."
    )


def _excluded_again(site: Site, op: DropConstraint) -> bool:
    """Whether the transaction ends with an exclusion of the same words."""
    constraint, end = dropped(site), left(site).table(name_in_the_end(site, op.table))
    assert isinstance(constraint, Exclusion)
    return end is not None and any(
        isinstance(other, Exclusion) and other.text == constraint.text for other in end.constraints.values()
    )


def _index(site: Site, table: Name, name: str) -> Index:
    known = site.before.table(table)
    assert known is not None
    return known.indexes[name]


def _doubt(what: str) -> str:
    return f"The history never made the {what}: if it is unique, every ON CONFLICT of the old version on it fails."


def _operation(site: Site) -> DropConstraint | DropIndex:
    assert isinstance(site.operation, DropConstraint | DropIndex)
    return site.operation
