"""short-primary-key: see short_primary_key.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import columns_of, constraints_of
from safemigrate.schema import PrimaryKey
from safemigrate.schema.operations import AddColumn, CreateTable

LAST = {"smallint": "32,767", "integer": "2,147,483,647"}


def check(site: Site) -> Iterable[Hit]:
    """A primary key that counts, and runs out of numbers."""
    op = site.operation
    assert isinstance(op, AddColumn | CreateTable)
    if isinstance(op, CreateTable) and op.temporary:
        return
    keys = {c.columns for c in constraints_of(op) if isinstance(c, PrimaryKey)}
    for column in columns_of(op):
        last = LAST.get(column.type.name) if column.type else None
        if last is not None and (column.name,) in keys and column.generation is not None:
            yield Hit(
                frozenset({Hazard.ADVICE}),
                message=f"{op.table}.{column.name} ends at {last}; while the table is empty, bigint costs nothing.",
            )
