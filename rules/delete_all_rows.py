"""delete-all-rows: see delete_all_rows.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.rows import every_row, is_version_table
from safemigrate.rulebook.shapes import put_off
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


def split(site: Site) -> Split | None:
    """The same, when no version reads the rows any more."""
    op = site.operation
    assert isinstance(op, Delete)
    if not any(check(site)):
        return None
    return put_off(
        site,
        f"deletes every row of {op.table}",
        deploy=f"the version that does without the rows of {op.table}",
        proof=f"No running version reads the rows of {op.table}, and they are kept elsewhere or not wanted.",
    )
