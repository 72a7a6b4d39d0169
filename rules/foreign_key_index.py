"""foreign-key-index: see foreign_key_index.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import constraints_of, last_name
from safemigrate.schema import ForeignKey, Index, Name, Schema
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddColumn, AddForeignKey, CreateTable


def check(site: Site) -> Iterable[Hit]:
    """A key that follows deletes of the parent, and no index to find the rows that go with it."""
    op = site.operation
    assert isinstance(op, AddColumn | AddForeignKey | CreateTable)
    name = last_name(site.run, site.position, op.table)
    for key in constraints_of(op):
        if isinstance(key, ForeignKey) and key.cascades and name and _is_missing(site.run.last, name, key):
            yield Hit(
                frozenset({Hazard.ADVICE}),
                message=f"Each DELETE from {key.referenced} reads all of {op.table}, which has no index that begins "
                f"with {' and '.join(key.columns)}.",
            )


def _is_missing(end: Schema, name: Name, key: ForeignKey) -> bool:
    """Whether the table at the end of the revision is known to have no index for the key."""
    table = end.table(name)
    if table is None or not table.known or not all(c in table.columns for c in key.columns):
        return False
    return not any(_serves(index, key) for index in table.indexes.values())


def _serves(index: Index, key: ForeignKey) -> bool:
    """Whether the index begins with the columns of the key, in any order, and holds every row."""
    leading = [_column(element, index) for element in index.elements[: len(key.columns)]]
    return index.where is None and index.method in ("btree", "hash") and set(leading) == set(key.columns)


def _column(element: str, index: Index) -> str | None:
    """The column that an element sorts by, whatever order or operator class follows it."""
    spelled = {form: column for column in index.columns for form in (column, quoted(column), f'"{column}"')}
    return next((column for form, column in spelled.items() if f"{element} ".startswith(f"{form} ")), None)
