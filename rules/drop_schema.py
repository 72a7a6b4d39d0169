"""drop-schema: see drop_schema.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.objects import is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Name
from safemigrate.schema.operations import DropObject

BOTH = frozenset({Hazard.BREAKS_OLD, Hazard.LOSES_DATA})


def check(site: Site) -> Iterator[Hit]:
    """CASCADE takes all that is in it; without, PostgreSQL drops an empty schema only."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    inside = _inside(site)
    if op.cascade:
        yield Hit(BOTH)
    elif inside:
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"PostgreSQL refuses to drop {op.name}: {inside} is in it, and perhaps more.",
        )
    elif not site.before.complete:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"Nobody knows what is in {op.name}; where it is empty, the old version may still make "
            "something in it.",
        )


def split(site: Site) -> Split | Refusal | None:
    """The same, when no version uses what is in it."""
    op = _operation(site)
    hits = list(check(site))
    if not hits:
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Drop what is in it first, by name and in the contract phase.")
    return put_off(
        site,
        f"drops the schema {op.name}",
        deploy=f"the version that uses nothing in {op.name}",
        proof=f"No running version uses anything in {op.name}.",
    )


def _inside(site: Site) -> Name | None:
    """A table or another object in the schema."""
    schema, before = _operation(site).name.name, site.before
    names = (*before.tables, *before.enums, *before.domains, *(name for _, name in before.objects))
    return next((name for name in names if name.schema == schema), None)


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
