"""validate-constraint: see validate_constraint.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.held import held_before
from safemigrate.rulebook.proving import in_its_phase, waits
from safemigrate.rulebook.reach import made_name
from safemigrate.schema import Work
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddConstraint, AddForeignKey, ValidateConstraint


def check(site: Site) -> Iterable[Hit]:
    """A transaction keeps every lock to its end, so the reading happens under the strongest that it has."""
    op = _operation(site)
    if site.is_new(op.table) or site.footprint().work is not Work.SCAN:
        return
    held = held_before(site)
    if held is None:
        return
    hazards = {Hazard.BLOCKS_WRITES} | ({Hazard.BLOCKS_READS} if held.mode.blocks_reads else set())
    yield Hit(
        frozenset(hazards),
        message=f"Every row of {op.table} is read while the transaction still holds {held.mode} on {held.table}: "
        f"{'reads and writes' if held.mode.blocks_reads else 'writes'} wait. VALIDATE belongs into a transaction "
        "of its own.",
    )


def split(site: Site) -> Split | Refusal | None:
    """The same statement in a transaction of its own, together with the constraint where the revision adds it."""
    op = _operation(site)
    added = _added(site, op)
    if added is None:
        return Split(
            consumes=frozenset({site.position}),
            change=f"validates {quoted(op.name)} of {op.table}",
            expand=((op,),),
        )
    add = site.run.operations[added].operation
    if isinstance(add, AddForeignKey) and add.constraint.cascades and waits(site.run, added):
        # add-foreign-key says why not
        return None
    return in_its_phase(site.run, added)


def _added(site: Site, op: ValidateConstraint) -> int | None:
    """Where the revision adds the constraint itself."""
    for position, placed in enumerate(site.run.operations[: site.position]):
        other = placed.operation
        if (
            isinstance(other, AddConstraint)
            and placed.before.same(other.table, op.table)
            and made_name(placed, other.table) == op.name
        ):
            return position
    return None


def _operation(site: Site) -> ValidateConstraint:
    assert isinstance(site.operation, ValidateConstraint)
    return site.operation
