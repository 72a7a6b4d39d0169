"""duplicate-index: see duplicate_index.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import last_name
from safemigrate.schema import Index, Name, Table
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddPrimaryKey, AddUnique, CreateIndex


def check(site: Site) -> Iterable[Hit]:
    """An index that another one of the table makes superfluous, or that holds a column twice."""
    op = site.operation
    assert isinstance(op, CreateIndex | AddUnique | AddPrimaryKey)
    name = last_name(site.run, site.position, op.table)
    end = site.run.last.table(name) if name else None
    for made in _made(site, op.table):
        if isinstance(op, CreateIndex) and len(set(_keys(made))) < len(made.elements):
            yield Hit(frozenset({Hazard.ADVICE}), message=f"{made.name} holds a column twice.")
        twin = _twin(end, made, site.before.table(op.table))
        if twin is not None:
            superfluous, kept = (twin, made) if made.unique and not twin.unique else (made, twin)
            yield Hit(
                frozenset({Hazard.ADVICE}),
                message=f"{superfluous.name} serves no query that {kept.name} does not, and costs every write.",
            )


def _made(site: Site, table: Name) -> Iterator[Index]:
    """The index that the operation makes. One made USING an index was there before."""
    placed = site.operations[0]
    before, after = placed.before.table(table), placed.after.table(table)
    known = before.indexes if before else {}
    if after is not None and len(after.indexes) > len(known):
        yield from (index for name, index in after.indexes.items() if name not in known)


def _twin(end: Table | None, made: Index, before: Table | None) -> Index | None:
    """An older index over the same keys that the end of the revision still has beside *made*."""
    if end is None or before is None or made.name not in end.indexes:
        return None
    return next((i for i in end.indexes.values() if i.name in before.indexes and _alike(i, made)), None)


def _alike(one: Index, other: Index) -> bool:
    return _identity(one) == _identity(other)


def _identity(index: Index) -> tuple[object, ...]:
    where = index.where.text if index.where else ""
    return index.method, _keys(index), index.include, where, index.nulls_distinct or not index.unique


def _keys(index: Index) -> tuple[str, ...]:
    """What the index sorts by: a plain column by its name, anything else as written."""
    plain = {spelled: column for column in index.columns for spelled in (column, quoted(column), f'"{column}"')}
    return tuple(plain.get(element, " ".join(element.split())) for element in index.elements)
