"""add-primary-key: see add_primary_key.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.building import dropped_key, exchanged_key, key_on_index, when_old_is_gone
from safemigrate.rulebook.filling import forbade_null
from safemigrate.rulebook.reach import begun, index_of, unique_refuses
from safemigrate.rulebook.shapes import prove_not_null, waits_for_values
from safemigrate.schema import Answer, Work
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddPrimaryKey

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})
BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterable[Hit]:
    """The work under an exclusive lock, and the rows of the old version that are refused from now on."""
    op = _operation(site)
    if site.is_new(op.table):
        return
    work = site.footprint().work
    words = []
    if work is Work.INDEX_BUILD:
        words.append(f"The index is built under a lock that stops reads and writes of {op.table}.")
    elif work is Work.SCAN:
        words.append(f"Every row of {op.table} is searched for NULL under a lock that stops reads and writes.")
    blocks = BLOCKS if words else frozenset[Hazard]()
    refuses = tuple(_refuses(site))
    if refuses:
        words.append(
            f"From now on {' and '.join(refuses)}, which the old version may write to {op.table}, are refused."
        )
    if words:
        yield Hit(blocks | (BREAKS if refuses else frozenset()), message=" ".join(words))


def split(site: Site) -> Split | Refusal | None:
    """No NULL, then the index CONCURRENTLY, then the key; in contract where the old version may write against it."""
    op = _operation(site)
    if any(waits_for_values(site.before, op, column) for column in op.constraint.columns):
        # add-column takes the key along
        return None
    unproved = (c for c in _columns(site) if site.before.column(op.table, c).nullable is not Answer.NO)
    proofs = tuple(step for c in unproved for step in prove_not_null(op.table, c))
    dropped, begin = dropped_key(site), begun(site.run, site.position).table(op.table)
    if dropped is not None:
        return exchanged_key(site, dropped, proofs)
    if begin is not None and begin.primary_key:
        return Refusal(
            f"The primary key of {op.table} goes with its column, and both versions need their own meanwhile.",
            "Add the new one as UNIQUE over columns that are NOT NULL first, and exchange the keys in the release "
            "after, when no running version names the old one.",
        )
    answer = key_on_index(site, proofs)
    if isinstance(answer, Refusal) or not any(_refuses(site)):
        return answer
    return when_old_is_gone(site, answer, op.table, _columns(site))


def _refuses(site: Site) -> Iterable[str]:
    """What the old version may write that the key refuses."""
    op = _operation(site)
    if op.constraint.index is None and unique_refuses(site.run, site.position, op.table, index_of(op.constraint)):
        yield "duplicates"
    nullable = [quoted(column) for column in _columns(site) if _may_be_null(site, column)]
    if nullable:
        yield f"NULL in {', '.join(nullable)}"


def _may_be_null(site: Site, column: str) -> bool:
    """Whether the old version may leave the column NULL, or write NULL to it."""
    op = _operation(site)
    known = site.before.column(op.table, column)
    supplied = site.before.is_new_column(op.table, column) and known.has_default.certain
    return known.nullable is not Answer.NO and not supplied and not forbade_null(site.run, op.table, column)


def _columns(site: Site) -> tuple[str, ...]:
    """The columns of the key, which USING INDEX takes from the index."""
    op = _operation(site)
    table = site.before.table(op.table)
    index = table.indexes.get(op.constraint.index or "") if table else None
    return index.columns if index is not None else op.constraint.columns


def _operation(site: Site) -> AddPrimaryKey:
    assert isinstance(site.operation, AddPrimaryKey)
    return site.operation
