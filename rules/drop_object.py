"""drop-object: see drop_object.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.objects import comes_back, is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import DropObject

_USES = {
    "CAST": "casts, or relies on a cast that nobody wrote",
    "COLLATION": "sorts by it",
    "OPERATOR": "compares with it",
    "RULE": "relies on what it does to its statements",
    "TRANSFORM": "calls a function that needs it",
}


def check(site: Site) -> Iterator[Hit]:
    """The old version may use it, unless the revision made it or makes another."""
    op = _operation(site)
    if op.table is not None and site.is_new(op.table):
        return
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists) or comes_back(site, op.kind, op.name):
        return
    uses = _USES.get(op.kind, "uses it")
    yield Hit(
        frozenset({Hazard.BREAKS_OLD}),
        message=f"The {op.kind.lower()} {_written(op)} is gone for the version that {uses}.",
    )


def split(site: Site) -> Split | None:
    """The same, when no version uses it any more."""
    op = _operation(site)
    if not any(check(site)):
        return None
    what = f"the {op.kind.lower()} {_written(op)}"
    return put_off(
        site,
        f"drops {what}",
        deploy=f"the version that does without {what}",
        proof=f"No running version uses {what}.",
    )


def _written(op: DropObject) -> str:
    """Its name; that of a cast or an operator is none, and stands as it was written."""
    return op.name.name if op.text else str(op.name)


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
