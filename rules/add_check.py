"""add-check: see add_check.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.proving import in_its_phase
from safemigrate.rulebook.reach import check_refuses
from safemigrate.schema import Answer, Check, Work
from safemigrate.schema.operations import AddConstraint, SetNotNull

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})
BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterable[Hit]:
    """The scan under an exclusive lock, and the rows of the old version that are refused from now on."""
    op = _operation(site)
    if site.is_new(op.table):
        return
    scans = site.footprint().work is Work.SCAN
    refuses = check_refuses(site.run, site.position) if not _set_not_null_says_it(site, op) else Answer.NO
    if scans:
        yield Hit(
            BLOCKS | (BREAKS if refuses.certain else frozenset()),
            message=f"Every row of {op.table} is read under a lock that stops reads and writes."
            + (f" {_refuses(site)}" if refuses.certain else ""),
        )
    elif refuses.certain:
        yield Hit(BREAKS, message=_refuses(site))
    if refuses is Answer.UNKNOWN:
        yield Hit(BREAKS, certain=False, message=f"The old version leaves the new columns NULL, and {_perhaps(op)}.")


def split(site: Site) -> Split | Refusal | None:
    """NOT VALID first, then VALIDATE; in contract where the old version may write what the check forbids."""
    op = _operation(site)
    return None if _set_not_null_says_it(site, op) else in_its_phase(site.run, site.position)


def _set_not_null_says_it(site: Site, op: AddConstraint) -> bool:
    """Whether the check only proves a SET NOT NULL that follows in the revision, which set-not-null is about."""
    if not isinstance(op.constraint, Check):
        return False
    required = op.constraint.expression.not_null
    return required == op.constraint.expression.columns and any(
        isinstance(p.operation, SetNotNull)
        and {p.operation.column} == required
        and p.before.same(p.operation.table, op.table)
        for p in site.run.operations[site.position :]
    )


def _refuses(site: Site) -> str:
    op = _operation(site)
    unproved = "" if getattr(op.constraint, "valid", True) else ", although it is NOT VALID"
    return f"From now on a row that the old version writes to {op.table} against the check is refused{unproved}."


def _perhaps(op: AddConstraint) -> str:
    return f"{op.constraint.sql()} may refuse that"


def _operation(site: Site) -> AddConstraint:
    assert isinstance(site.operation, AddConstraint)
    return site.operation
