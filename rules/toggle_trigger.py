"""toggle-trigger: see toggle_trigger.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Site, Split
from safemigrate.rulebook.net import begun
from safemigrate.rulebook.rows import changes_many_rows
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Work
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import Insert, Query, ToggleTrigger

_SETS_SEQUENCE = re.compile(r"\bsetval\s*\(", re.IGNORECASE)
OFF = ("DISABLE", "ENABLE REPLICA")


def check(site: Site) -> Iterator[Hit]:
    """What is switched off does nothing for the old version; what is on again in the end was a long lock."""
    op = _operation(site)
    if op.state not in OFF or site.is_new(op.table) or _made_here(op, site):
        return
    position = site.in_transaction.index(site.operations[0])
    later = site.in_transaction[position + 1 :]
    back = next((n for n, placed in enumerate(later) if _switches_on(placed, op)), None)
    if back is None:
        message = f"{_what(op)} does nothing any more for what the old version writes to {op.table}."
        if op.all_of == "ALL":
            message += " ALL takes the foreign keys along: nobody checks them, and nothing cascades."
        yield Hit(frozenset({Hazard.BREAKS_OLD}), message=message)
    elif any(_is_slow(site, placed) for placed in later[:back]):
        yield Hit(frozenset({Hazard.BLOCKS_WRITES}))


def split(site: Site) -> Split | None:
    """The same, when no version needs what the trigger does."""
    op = _operation(site)
    if not any(Hazard.BREAKS_OLD in hit.hazards for hit in check(site)):
        return None
    return put_off(
        site,
        f"switches off {_what(op)} of {op.table}",
        deploy=f"the version that does itself what {_what(op)} does",
        proof=f"No running version relies on {_what(op)} of {op.table}.",
    )


def _is_slow(site: Site, placed: Placed) -> bool:
    """Whether writers wait for the statement. What changes rows is the business of backfill-in-ddl-transaction."""
    op = placed.operation
    if changes_many_rows(placed) or isinstance(op, Insert):
        return False
    return site.footprint(placed).work is not Work.INSTANT and not (
        isinstance(op, Query) and _SETS_SEQUENCE.search(op.text)
    )


def _what(op: ToggleTrigger) -> str:
    """What the statement switches, in the words of a sentence."""
    return quoted(op.name) if op.name is not None else "every trigger"


def _made_here(op: ToggleTrigger, site: Site) -> bool:
    start = begun(site).table(op.table)
    return op.name is not None and start is not None and start.known and op.name not in start.triggers


def _switches_on(placed: Placed, off: ToggleTrigger) -> bool:
    op = placed.operation
    return (
        isinstance(op, ToggleTrigger)
        and op.state in ("ENABLE", "ENABLE ALWAYS")
        and placed.before.same(op.table, off.table)
        and _covers(op, off)
    )


def _covers(on: ToggleTrigger, off: ToggleTrigger) -> bool:
    """Whether all that one statement switched off is switched on by the other: USER leaves out foreign keys."""
    same = (on.name, on.all_of) == (off.name, off.all_of)
    return same or on.all_of == "ALL" or (on.all_of == "USER" and off.all_of != "ALL")


def _operation(site: Site) -> ToggleTrigger:
    assert isinstance(site.operation, ToggleTrigger)
    return site.operation
