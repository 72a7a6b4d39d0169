"""drop-function: see drop_function.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.net import begun
from safemigrate.rulebook.objects import called_by, comes_back, is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import DropObject

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version calls it by its name, unless the transaction makes it anew."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    if comes_back(site, op.kind, op.name, op.signature):
        return
    triggers = called_by(site.before, op.name)
    if triggers and not op.cascade:
        yield Hit(frozenset({Hazard.FAILS}), message=f"PostgreSQL refuses to drop {op.name}: {triggers[0]} calls it.")
    elif triggers:
        yield Hit(BREAKS, message=f"CASCADE drops {' and '.join(triggers)}, which the old version's writes rely on.")
    elif not called_by(begun(site), op.name):
        # no statement can call the function of a trigger, so drop-trigger has said all there is to say
        yield Hit(BREAKS)


def split(site: Site) -> Split | Refusal | None:
    """The same, when nobody calls it any more."""
    op = _operation(site)
    hits = list(check(site))
    if not hits:
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Drop the trigger first.")
    return put_off(
        site,
        f"drops the {op.kind.lower()} {op.name}",
        deploy=f"the version that no longer calls {op.name}",
        proof=f"No running version calls {op.name}.",
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
