"""nullable-boolean: see nullable_boolean.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import columns_of, last_name
from safemigrate.schema import Answer
from safemigrate.schema.operations import AddColumn, CreateTable


def check(site: Site) -> Iterable[Hit]:
    """Each boolean that may still be NULL when the revision is done."""
    op = site.operation
    assert isinstance(op, AddColumn | CreateTable)
    name = last_name(site.run, site.position, op.table)
    end = site.run.last
    for column in columns_of(op):
        if column.type is None or column.type.name != "boolean" or name is None:
            continue
        if end.column(name, column.name).nullable is Answer.YES:
            yield Hit(frozenset({Hazard.ADVICE}), message=f"{column.name} has three values: true, false and NULL.")
