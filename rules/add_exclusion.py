"""add-exclusion: see add_exclusion.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.constraints import holds
from safemigrate.schema.operations import AddExclusion

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})


def check(site: Site) -> Iterable[Hit]:
    """The build under an exclusive lock, and the rows of the old version that are refused from now on."""
    op = _operation(site)
    if site.is_new(op.table):
        return
    built = f"The index is built under a lock that stops reads and writes of {op.table}, and there is no other way."
    if _stays_null(site, op):
        yield Hit(BLOCKS, message=built)
    else:
        refused = f"From now on a row that the old version writes to {op.table} against it is refused."
        yield Hit(BLOCKS | {Hazard.BREAKS_OLD}, message=f"{built} {refused}")


def split(site: Site) -> Split | Refusal | None:
    """No safe form ends in an exclusion constraint on the same table."""
    op = _operation(site)
    return Refusal(
        "PostgreSQL takes neither NOT VALID nor USING INDEX for an exclusion constraint.",
        f"Add it while {op.table} is small or nobody works; or make a new table with the constraint and copy the "
        "rows; or build the index CONCURRENTLY, which finds the conflicts fast, and let a trigger refuse them.",
    )


def _stays_null(site: Site, op: AddExclusion) -> bool:
    """Whether the constraint is over columns that the revision made, and that the old version leaves NULL."""
    known = site.before.table(op.table)
    named = [c for c in (known.columns if known and known.known else ()) if holds(op.constraint, c)]
    return bool(named) and all(
        site.before.is_new_column(op.table, c) and not site.before.column(op.table, c).has_default.possible
        for c in named
    )


def _operation(site: Site) -> AddExclusion:
    assert isinstance(site.operation, AddExclusion)
    return site.operation
