"""add-json-column: see add_json_column.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import AddColumn


def check(site: Site) -> Iterable[Hit]:
    """A column of type json on a table whose rows somebody may compare."""
    op = site.operation
    assert isinstance(op, AddColumn)
    kind = op.column.type
    if kind is None or kind.name != "json" or site.is_new(op.table):
        return
    yield Hit(
        frozenset({Hazard.BREAKS_OLD}),
        certain=False,
        message=f"json values cannot be compared: SELECT DISTINCT, GROUP BY and UNION over whole rows of {op.table} "
        "fail from now on. jsonb can.",
    )
