"""delete-all-rows: see delete_all_rows.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.rows import every_row, is_version_table
from safemigrate.schema.operations import Delete


def check(site: Site) -> Iterable[Hit]:
    """A DELETE that leaves no row of a table that others use."""
    op = site.operation
    assert isinstance(op, Delete)
    if every_row(op.where) and not (site.is_new(op.table) or is_version_table(op.table)):
        yield Hit(
            frozenset({Hazard.LOSES_DATA}),
            message=f"Every row of {op.table} is gone for good, and each stays locked until the transaction ends.",
        )
