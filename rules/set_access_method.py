"""set-access-method: see set_access_method.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.operations import SetAccessMethod


def check(site: Site) -> Iterable[Hit]:
    """The rows are written anew as the other method keeps them; a partitioned table has none."""
    op = site.operation
    assert isinstance(op, SetAccessMethod)
    table = site.before.table(op.table)
    if site.is_new(op.table) or (table is not None and table.partitioned):
        return
    yield Hit(
        frozenset({Hazard.REWRITES_TABLE}),
        message=f"{op.table} is written anew under a lock that stops reads and writes.",
    )


def split(site: Site) -> Split | Refusal | None:
    """There is no other way from one method to the other."""
    op = site.operation
    assert isinstance(op, SetAccessMethod)
    return Refusal(
        "PostgreSQL writes the table anew to keep it in another way.",
        f"Copy the rows of {op.table} into a table that has the method from the start.",
    )
