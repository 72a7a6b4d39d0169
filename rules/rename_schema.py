"""rename-schema: see rename_schema.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site
from safemigrate.rulebook.objects import is_known
from safemigrate.schema.operations import RenameObject


def check(site: Site) -> Iterator[Hit]:
    """Whatever names a table in it, or finds it by the search path, finds it no more."""
    op = _operation(site)
    if is_known(site, op.kind, op.name):
        yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Refusal | None:
    """A schema has one name."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return Refusal(
        f"{op.name} cannot have two names at once.",
        f"Keep the name in the database, or make the schema {op.new_name} and move its tables one by one, "
        "each leaving a view behind.",
    )


def _operation(site: Site) -> RenameObject:
    assert isinstance(site.operation, RenameObject)
    return site.operation
