"""unqualified-name: see unqualified_name.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.rows import is_version_table
from safemigrate.schema import Name
from safemigrate.schema.operations import Query
from safemigrate.schema.schema import TEMPORARY


def check(site: Site) -> Iterable[Hit]:
    """Each statement that names a table without its schema."""
    told = set()
    for at, placed in enumerate(site.operations):
        table = getattr(placed.operation, "table", None)
        if not isinstance(table, Name) or table.schema or isinstance(placed.operation, Query):
            continue
        own = is_version_table(table) or placed.after.resolve(table).schema == TEMPORARY
        if not own and id(placed.statement) not in told:
            told.add(id(placed.statement))
            yield Hit(frozenset({Hazard.ADVICE}), at=at, message=f"{table} is looked for along the search_path.")
