"""delete-all-rows: see delete_all_rows.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.rows import every_row, is_version_table, merged_rows, takes_every_row
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import Delete, Merge

LOSES = frozenset({Hazard.LOSES_DATA})


def check(site: Site) -> Iterable[Hit]:
    """A DELETE that leaves no row of a table that others use, or a MERGE that may leave none."""
    placed, op = site.operations[0], site.operation
    assert isinstance(op, Delete | Merge)
    if site.is_new(op.table) or is_version_table(op.table):
        return
    if isinstance(op, Delete) and every_row(op.where):
        yield Hit(
            LOSES,
            message=f"Every row of {op.table} is gone for good, and each stays locked until the transaction ends.",
        )
    elif isinstance(op, Merge) and "DELETE" in merged_rows(placed):
        what = dict(op.unconditional)["DELETE"]
        which = "for which its source has none" if what == "NOT MATCHED BY SOURCE" else "for which its source has one"
        yield Hit(LOSES, message=f"Every row of {op.table} {which} is gone for good, and that may be all.")
    elif isinstance(op, Delete) and takes_every_row(placed):
        others = " and ".join(map(str, op.joins))
        yield Hit(LOSES, message=f"Every row of {op.table} for which {others} has one is gone for good.")


def split(site: Site) -> Split | None:
    """The same, when no version reads the rows any more."""
    op = site.operation
    assert isinstance(op, Delete | Merge)
    if not any(check(site)):
        return None
    return put_off(
        site,
        f"deletes every row of {op.table}",
        deploy=f"the version that does without the rows of {op.table}",
        proof=f"No running version reads the rows of {op.table}, and they are kept elsewhere or not wanted.",
    )
