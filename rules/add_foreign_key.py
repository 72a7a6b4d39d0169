"""add-foreign-key: see add_foreign_key.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.proving import Proof, in_contract, in_expand, proved_later
from safemigrate.rulebook.reach import earlier_reference, reference_refuses, reference_waits
from safemigrate.schema import Work
from safemigrate.schema.operations import AddForeignKey, DropConstraint


def check(site: Site) -> Iterable[Hit]:
    """The scan, which stops writes to both tables, and the writes of the old version that are refused from now on."""
    op = _operation(site)
    key = op.constraint
    if site.is_new(op.table) or not key.enforced:
        return
    if _refused_by_partitions(site, op):
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"{op.table} is partitioned, and PostgreSQL before 18 refuses a NOT VALID foreign key there.",
        )
    hazards, words = set(), []
    if site.footprint().work is Work.SCAN:
        hazards.add(Hazard.BLOCKS_WRITES)
        words.append(f"Every row of {op.table} is looked up in {key.referenced}, and writes to both tables wait.")
    if reference_refuses(site.run, site.position):
        hazards.add(Hazard.BREAKS_OLD)
        words.append(_refuses(site, op))
    if hazards:
        yield Hit(frozenset(hazards), message=" ".join(words))


def split(site: Site) -> Split | Refusal | None:
    """NOT VALID first, then VALIDATE; in contract where the old version may write what the key forbids."""
    op = _operation(site)
    if _is_partitioned(site, op):
        return Refusal(
            f"{op.table} is partitioned, and PostgreSQL before 18 takes no NOT VALID foreign key on it.",
            "Add the key NOT VALID to each partition and validate it there; the key of the parent then finds them "
            "proved and is instant.",
        )
    if reference_refuses(site.run, site.position) and op.constraint.cascades:
        return Refusal(
            f"The new version may count on {op.constraint.actions} before contract, and until then the old version "
            f"must be free to write what the key forbids.",
            "Release twice: first a version that keeps to the key, then the key and what relies on it.",
        )
    proof = proved_later(site.run, site.position)
    if proof is None:
        return None
    proof = _exchanged(site, op, proof)
    if reference_waits(site.run, site.position):
        # drop-foreign-key speaks of a cascade that ends
        return in_contract(site.run, site.position, proof)
    return in_expand(proof, op.table)


def _exchanged(site: Site, op: AddForeignKey, proof: Proof) -> Proof:
    """The proof with the DROP of the key that this one replaces, in one transaction: no moment is without a key."""
    earlier = earlier_reference(site.run, site.position)
    for position, placed in enumerate(site.run.operations[: site.position]):
        drop = placed.operation
        if (
            earlier is not None
            and isinstance(drop, DropConstraint)
            and drop.name == earlier.name
            and placed.before.same(drop.table, op.table)
        ):
            first, *rest = proof.steps
            return replace(proof, steps=((drop, *first), *rest), consumes=proof.consumes | {position})
    return proof


def _refuses(site: Site, op: AddForeignKey) -> str:
    key = op.constraint
    unproved = "" if key.valid else ", although it is NOT VALID"
    return (
        f"From now on the old version is refused a row of {op.table} that has no row in {key.referenced}, and the "
        f"end of a row in {key.referenced} that {op.table} still names{unproved}."
    )


def _refused_by_partitions(site: Site, op: AddForeignKey) -> bool:
    return not op.constraint.valid and _is_partitioned(site, op)


def _is_partitioned(site: Site, op: AddForeignKey) -> bool:
    table = site.before.table(op.table)
    return table is not None and table.partitioned and (site.postgres is None or site.postgres < 18)


def _operation(site: Site) -> AddForeignKey:
    assert isinstance(site.operation, AddForeignKey)
    return site.operation
