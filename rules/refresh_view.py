"""refresh-view: see refresh_view.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.objects import View
from safemigrate.schema.operations import RefreshView


def check(site: Site) -> Iterable[Hit]:
    """Reads of the view wait for the whole query, or the concurrent form is refused for want of a unique index."""
    op = _operation(site)
    view = site.before.view(op.view)
    if view is not None and view.born == site.before.revision:
        return
    if op.concurrently:
        if view is not None and not _has_key(view):
            yield Hit(
                frozenset({Hazard.FAILS}),
                message=f"PostgreSQL refuses it: {op.view} has no unique index over plain columns and all its rows.",
            )
    elif not op.with_data:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"WITH NO DATA empties {op.view}, and every query of it fails until it is refreshed again.",
        )
    else:
        yield Hit(
            frozenset({Hazard.BLOCKS_READS}),
            message=f"Every query of {op.view} waits until the view is computed anew.",
        )


def split(site: Site) -> Split | Refusal | None:
    """The same CONCURRENTLY, where there is the index that it needs."""
    op = _operation(site)
    view = site.before.view(op.view)
    if op.with_data and not op.concurrently and view is not None and _has_key(view):
        return Split(
            consumes=frozenset({site.position}),
            change=f"refreshes {op.view}",
            expand=((replace(op, concurrently=True),),),
        )
    return Refusal(
        f"{op.view} is not known to have a unique index over plain columns, which REFRESH … CONCURRENTLY needs.",
        f"CREATE UNIQUE INDEX on {op.view} first, in an earlier release or while nobody reads it.",
    )


def _has_key(view: View) -> bool:
    """Whether it has a unique index over plain columns and all its rows."""
    return any(
        index.unique and index.valid and index.where is None and len(index.columns) == len(index.elements)
        for index in view.indexes.values()
    )


def _operation(site: Site) -> RefreshView:
    assert isinstance(site.operation, RefreshView)
    return site.operation
