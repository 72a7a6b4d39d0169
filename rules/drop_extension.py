"""drop-extension: see drop_extension.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.objects import is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import DropObject


def check(site: Site) -> Iterator[Hit]:
    """Nobody knows all that an extension brings, nor which of it the old version calls."""
    op = _operation(site)
    if is_known(site, op.kind, op.name, if_exists=op.if_exists):
        yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Split | None:
    """The same, when no version calls it any more."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return put_off(
        site,
        f"drops the extension {op.name}",
        deploy=f"the version that uses nothing of {op.name}",
        proof=f"No running version uses a function, operator or type of {op.name}.",
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
