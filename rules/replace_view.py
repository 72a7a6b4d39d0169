"""replace-view: see replace_view.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site
from safemigrate.rulebook.net import begun
from safemigrate.schema.name import quoted
from safemigrate.schema.objects import View
from safemigrate.schema.operations import CreateView, DropObject

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version names the columns of the view that it knows."""
    op = _operation(site)
    there = site.before.view(op.name)
    if there is not None and op.or_replace:
        yield from _replaced(site, there)
    elif _dropped_here(site):
        yield from _made_anew(site)


def split(site: Site) -> Refusal | None:
    """Two views of one name cannot stand side by side."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return Refusal(
        f"The old version reads {op.name} as it was.",
        "Make the new view under a name of its own (with _v2 behind it), and drop the old one a release later.",
    )


def _replaced(site: Site, old: View) -> Iterator[Hit]:
    """PostgreSQL itself sees to it that no column goes."""
    op, new = _operation(site), site.after.view(_operation(site).name)
    if new is None or old.born == site.before.revision:
        return
    if old.columns and new.columns and new.columns[: len(old.columns)] != old.columns:
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"CREATE OR REPLACE VIEW can only add columns behind those that {op.name} has: drop it first.",
        )
    else:
        yield from _unwritable(op, old, new)


def _made_anew(site: Site) -> Iterator[Hit]:
    op, start = _operation(site), begun(site)
    old, new = start.view(op.name), site.after.view(op.name)
    if new is None or (old is None and start.complete):
        return
    if old is None or not (old.columns and new.columns):
        yield Hit(BREAKS, certain=False, message=f"Nobody can tell whether {op.name} has all the columns it had.")
        return
    gone = [quoted(column) for column in old.columns if column not in new.columns]
    if gone:
        yield Hit(BREAKS, message=f"{op.name} has no {' and no '.join(gone)} any more, which the old version reads.")
    else:
        yield from _unwritable(op, old, new)


def _unwritable(op: CreateView, old: View, new: View) -> Iterator[Hit]:
    if old.simple and not new.simple and not old.materialized:
        yield Hit(BREAKS, certain=False, message=f"PostgreSQL let one write to {op.name}, and does not any more.")


def _dropped_here(site: Site) -> bool:
    """Whether the revision dropped a view of that name before."""
    op = _operation(site)
    return any(
        isinstance(placed.operation, DropObject)
        and placed.operation.kind in ("VIEW", "MATERIALIZED VIEW")
        and placed.before.resolve(placed.operation.name) == site.after.resolve(op.name)
        for placed in site.run.operations[: site.position]
    )


def _operation(site: Site) -> CreateView:
    assert isinstance(site.operation, CreateView)
    return site.operation
