"""drop-trigger: see drop_trigger.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.net import begun, left
from safemigrate.rulebook.objects import called_by
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
    if start is not None and start.known and name not in start.triggers:
        # the revision made it, or IF EXISTS finds none
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
    # while the trigger is there, PostgreSQL keeps its function
    functions = dict(_functions(site))
    return Split(
        consumes=frozenset({site.position, *functions}),
        change=f"drops the trigger {name} of {op.table}",
        contract=((op, *functions.values()),),
        deploy=f"the version that does itself what {name} does",
        proof=f"No running version relies on {name}.",
    )


def _functions(site: Site) -> Iterator[tuple[int, DropObject]]:
    """Where the revision drops the function of the trigger, which only this one calls."""
    op = _operation(site)
    table = site.before.table(op.table) if op.table else None
    trigger = table.triggers.get(op.name.name) if table else None
    if trigger is None or trigger.function is None:
        return
    for position in range(site.position + 1, len(site.run.operations)):
        placed = site.run.operations[position]
        later = placed.operation
        if (
            isinstance(later, DropObject)
            and later.kind in ("FUNCTION", "ROUTINE")
            and placed.before.same(later.name, trigger.function)
            and len(called_by(site.before, trigger.function)) == 1
        ):
            yield position, later


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
