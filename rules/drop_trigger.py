"""drop-trigger: see drop_trigger.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.net import begun, left
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropObject


def check(site: Site) -> Iterator[Hit]:
    """What the trigger does for the old version's writes is not done any more, unless it comes back at once."""
    op = _operation(site)
    assert op.table is not None
    name, table = op.name.name, site.before.table(op.table)
    if site.is_new(op.table):
        return
    start = begun(site).table(op.table)
    known = table is not None and name in table.triggers
    if known and start is not None and start.known and name not in start.triggers:
        # the revision made it
        return
    if op.if_exists and not known and table is not None and table.known:
        return
    end = left(site)
    remains = end.table(op.table)
    if remains is None and table is not None:
        # drop-table speaks of the table
        return
    if remains is None or name not in remains.triggers:
        yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Split | None:
    """The same, and its function with it, when no version relies on it any more."""
    op = _operation(site)
    if not any(check(site)):
        return None
    name = quoted(op.name.name)
    return Split(
        consumes=frozenset({site.position}),
        change=f"drops the trigger {name} of {op.table}",
        contract=((op,),),
        deploy=f"the version that does itself what {name} does",
        proof=f"No running version relies on {name}.",
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
