"""create-trigger: see create_trigger.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Site, Split
from safemigrate.rulebook.net import begun
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.attached import Trigger
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import CreateFunction, CreateTrigger

# RAISE without a level is an error; a bare one passes on what was caught
_REFUSES = re.compile(r"\bRAISE\s+(?!NOTICE\b|WARNING\b|INFO\b|LOG\b|DEBUG\b)[\w']", re.IGNORECASE)
_SKIPS = re.compile(r"\bRETURN\s+NULL\b", re.IGNORECASE)


def check(site: Site) -> Iterator[Hit]:
    """A trigger acts on what the old version writes, and nobody told it."""
    op = _operation(site)
    assert op.table is not None
    if site.is_new(op.table):
        return
    if (old := _was_there(op, site)) is not None:
        if lost := _no_longer(old, op):
            yield Hit(
                frozenset({Hazard.BREAKS_OLD}),
                certain=False,
                message=f"{op.name} of {op.table} does not fire {lost} any more, on which the old version may rely.",
            )
        return
    body = _body(op, site)
    if _REFUSES.search(body):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"{op.function} raises an error, and {op.name} calls it for what the old version writes, too.",
        )
    elif op.timing == "BEFORE" and op.each_row and _SKIPS.search(body):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"{op.function} returns NULL, and a row of the old version for which it does is not written.",
        )
    else:
        yield Hit(frozenset({Hazard.ADVICE}))


def split(site: Site) -> Split | None:
    """What refuses rows tightens, and waits for the old version to be gone."""
    op = _operation(site)
    if not any(Hazard.BREAKS_OLD in hit.hazards for hit in check(site)):
        return None
    return put_off(
        site,
        f"makes the trigger {op.name} on {op.table}",
        deploy=f"the version whose rows {op.name} lets pass",
        proof=f"No running version writes to {op.table} what {op.name} refuses.",
    )


def _was_there(op: CreateTrigger, site: Site) -> Trigger | None:
    """The trigger of that name that the running version knows: it is made anew, or replaced."""
    assert op.table is not None
    start = begun(site).table(op.table)
    return start.triggers.get(op.name.name) if start is not None else None


def _no_longer(old: Trigger, new: CreateTrigger) -> str:
    """On what the old trigger fired and the new one does not, empty where it does on all."""
    events = [event for event in old.events if event not in new.events]
    if events:
        return f"on {' and '.join(events)}"
    # one that fired on every UPDATE may have looked at some columns only
    columns = [quoted(column) for column in old.columns if new.columns and column not in new.columns]
    return f"when {' or '.join(columns)} is updated" if columns else ""


def _body(op: CreateTrigger, site: Site) -> str:
    """The body of its function as the revision makes it, empty where that stood before."""
    made = [p for p in site.run.operations if _makes(p, op, site)]
    return made[-1].operation.body if made and isinstance(made[-1].operation, CreateFunction) else ""


def _makes(placed: Placed, op: CreateTrigger, site: Site) -> bool:
    made = placed.operation
    return isinstance(made, CreateFunction) and op.function is not None and site.before.same(made.name, op.function)


def _operation(site: Site) -> CreateTrigger:
    assert isinstance(site.operation, CreateTrigger)
    return site.operation
