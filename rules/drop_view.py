"""drop-view: see drop_view.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split
from safemigrate.rulebook.net import left
from safemigrate.rulebook.objects import comes_back, is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropObject, RenameObject

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version reads it, unless something has its name in the end: replace-view asks what that lacks."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    views = ("VIEW", "MATERIALIZED VIEW")
    if any(comes_back(site, kind, op.name) for kind in views) or left(site).table(op.name) is not None:
        return
    if _named_so(site.in_transaction, site):
        yield from _swapped(site)
        return
    yield Hit(BREAKS)


def _swapped(site: Site) -> Iterator[Hit]:
    """What the view lacks that is renamed to the name in the same transaction."""
    name = _operation(site).name
    old, new = site.before.view(name), left(site).view(name)
    if old is None or new is None or not (old.columns and new.columns):
        yield Hit(BREAKS, certain=False, message=f"Nobody can tell whether {name} has all the columns it had.")
        return
    gone = [quoted(column) for column in old.columns if column not in new.columns]
    if gone:
        yield Hit(BREAKS, message=f"{name} has no {' and no '.join(gone)} any more, which the old version reads.")


def split(site: Site) -> Split | Refusal | None:
    """The same, when nobody reads it any more."""
    op = _operation(site)
    if not any(check(site)):
        return None
    if _named_so(site.run.operations[site.position :], site):
        return Refusal(
            f"The old version reads {op.name} as it was, and another view gets the name.",
            "Leave the new view a name of its own, and drop the old one a release later; or give the new one all the "
            "columns of the old one, and let them change places in one transaction.",
        )
    return put_off(
        site,
        f"drops the {op.kind.lower()} {op.name}",
        deploy=f"the version that no longer reads {op.name}",
        proof=f"No running version reads {op.name}.",
    )


def _named_so(among: Iterable[Placed], site: Site) -> bool:
    """Whether another view is renamed to the name of the one that goes."""
    name = site.before.resolve(_operation(site).name)
    return any(
        isinstance(placed.operation, RenameObject)
        and placed.operation.kind in ("VIEW", "MATERIALIZED VIEW")
        and placed.before.resolve(placed.operation.name).beside(placed.operation.new_name) == name
        for placed in among
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
