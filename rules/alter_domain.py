"""alter-domain: see alter_domain.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Name, Work
from safemigrate.schema.operations import (
    AddDomainConstraint,
    DropDomainConstraint,
    SetDomainNotNull,
    ValidateDomainConstraint,
)

Changing = AddDomainConstraint | SetDomainNotNull | ValidateDomainConstraint | DropDomainConstraint


def check(site: Site) -> Iterable[Hit]:
    """The tables that use the domain are read while their writes wait, and the old version is held to it, too."""
    op = _operation(site)
    domain = site.before.domains.get(site.before.resolve(op.domain))
    if domain is not None and domain.born == site.before.revision:
        return
    used = tuple(
        (table, column.name) for table, column in site.before.columns_of(op.domain) if not site.is_new(table)
    )
    if domain is not None and not used:
        return
    if _lets_in(op):
        yield from _surprises(site, op)
        return
    if isinstance(op, SetDomainNotNull) and domain is not None and domain.not_null:
        return
    tables = " and ".join(dict.fromkeys(str(table) for table, _ in used)) or "every table that uses it"
    hazards, words = set(), []
    if site.footprint().work is Work.SCAN:
        hazards.add(Hazard.BLOCKS_WRITES)
        words.append(f"Every row of {tables} is read while writes wait.")
    if not isinstance(op, ValidateDomainConstraint) and _is_reached(site, used):
        hazards.add(Hazard.BREAKS_OLD)
        words.append(f"From now on what the old version writes to {tables} against it is refused.")
    if hazards:
        yield Hit(frozenset(hazards), message=" ".join(words))


def _lets_in(op: Changing) -> bool:
    return isinstance(op, DropDomainConstraint) or (isinstance(op, SetDomainNotNull) and not op.required)


def _surprises(site: Site, op: Changing) -> Iterable[Hit]:
    """What the domain refused, unless the transaction gives it another constraint, which that one's hit speaks of."""
    domain = site.before.domains.get(site.before.resolve(op.domain))
    if domain is not None and isinstance(op, SetDomainNotNull) and not domain.not_null:
        return
    again = any(
        isinstance(placed.operation, AddDomainConstraint) and placed.before.same(placed.operation.domain, op.domain)
        for placed in site.in_transaction
    )
    if not again:
        yield Hit(
            frozenset({Hazard.SURPRISES_OLD}),
            message=f"The new version may write what {op.domain} refused, and the old one reads it.",
        )


def split(site: Site) -> Split | Refusal | None:
    """NOT VALID waits for contract; whatever proves a constraint of a domain stops writes."""
    op = _operation(site)
    if _lets_in(op) or not any(check(site)):
        return None
    if isinstance(op, AddDomainConstraint) and site.footprint().work is not Work.SCAN:
        return put_off(
            site,
            f"adds a constraint to the domain {op.domain}",
            deploy=f"the version that writes nothing against the constraint of {op.domain}",
            proof=f"No running version writes a value of {op.domain} against the constraint.",
        )
    return Refusal(
        f"Whatever proves a constraint of the domain {op.domain} stops writes to all that uses it.",
        "Give each column a CHECK … NOT VALID of its own in contract and validate that; or add the constraint to the "
        "domain NOT VALID in contract, and leave it so.",
    )


def _is_reached(site: Site, used: tuple[tuple[Name, str], ...]) -> bool:
    return not used or not all(site.before.is_new_column(table, column) for table, column in used)


def _operation(site: Site) -> Changing:
    assert isinstance(site.operation, Changing)
    return site.operation
