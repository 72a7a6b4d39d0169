"""drop-view: see drop_view.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.net import left
from safemigrate.rulebook.objects import comes_back, is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import DropObject


def check(site: Site) -> Iterator[Hit]:
    """The old version reads it, unless something has its name in the end: replace-view asks what that lacks."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    views = ("VIEW", "MATERIALIZED VIEW")
    if any(comes_back(site, kind, op.name) for kind in views) or left(site).table(op.name) is not None:
        return
    yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Split | None:
    """The same, when nobody reads it any more."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return put_off(
        site,
        f"drops the {op.kind.lower()} {op.name}",
        deploy=f"the version that no longer reads {op.name}",
        proof=f"No running version reads {op.name}.",
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
