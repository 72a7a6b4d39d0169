"""drop-function: see drop_function.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.objects import comes_back, is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import DropObject


def check(site: Site) -> Iterator[Hit]:
    """The old version calls it by its name, unless the transaction makes it anew."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    if comes_back(site, op.kind, op.name, op.signature):
        return
    yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Split | None:
    """The same, when nobody calls it any more."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return put_off(
        site,
        f"drops the {op.kind.lower()} {op.name}",
        deploy=f"the version that no longer calls {op.name}",
        proof=f"No running version calls {op.name}.",
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
