"""drop-foreign-key: see drop_foreign_key.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.keys import columns_go, dropped, drops
from safemigrate.rulebook.net import column_in_the_end, left, name_in_the_end
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Answer, ForeignKey
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropConstraint

SURPRISES = frozenset({Hazard.SURPRISES_OLD})


def check(site: Site) -> Iterator[Hit]:
    """What cascaded stays behind now; what was refused may be written by the new version."""
    op = _operation(site)
    known = drops(site, ForeignKey)
    if known is Answer.UNKNOWN:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"The history never made {quoted(op.name)}: if it cascades, rows stay behind "
            "that the old version believes to be gone.",
        )
    if known is not Answer.YES:
        return
    key = _key(site)
    if columns_go(site, op.table, key.columns) or _parent_goes(site, key):
        return
    successor = _successor(site, key)
    if key.cascades and not (successor and successor.cascades):
        yield Hit(frozenset({Hazard.BREAKS_OLD}))
    elif key.follows and successor is not None and not successor.follows:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"A key of {key.referenced} that the old version changes took its rows of {op.table} along, and "
            "is refused now.",
        )
    elif successor is None:
        yield Hit(
            SURPRISES,
            message=f"The new version may leave rows of {op.table} whose row in {key.referenced} is gone, "
            "and the old one reads them.",
        )


def split(site: Site) -> Split | Refusal | None:
    """The same, when no version relies on the cascade any more."""
    op = _operation(site)
    hits = [hit for hit in check(site) if Hazard.BREAKS_OLD in hit.hazards]
    if not hits:
        return None
    if drops(site, ForeignKey) is Answer.YES and not _key(site).cascades:
        return Refusal(hits[0].message, f"Keep ON UPDATE of {quoted(op.name)}, and let it go a release later.")
    name = quoted(op.name)
    return put_off(
        site,
        f"drops the foreign key {name} of {op.table}",
        deploy=f"the version that deletes itself what {name} cascaded to",
        proof=f"No running version relies on {name}.",
    )


def _parent_goes(site: Site, key: ForeignKey) -> bool:
    """Whether the table that it refers to is dropped by the end of the transaction."""
    known = site.before.table(key.referenced) is not None
    return known and left(site).table(name_in_the_end(site, key.referenced)) is None


def _successor(site: Site, key: ForeignKey) -> ForeignKey | None:
    """A foreign key over the same columns to the same table at the end of the transaction, by what they are then."""
    op, end = _operation(site), left(site)
    parent = name_in_the_end(site, key.referenced)
    table = end.table(name_in_the_end(site, op.table))
    columns = {column_in_the_end(site, op.table, column)[1] for column in key.columns}
    found = [
        other
        for other in (table.constraints.values() if table else ())
        if isinstance(other, ForeignKey) and set(other.columns) == columns and end.same(other.referenced, parent)
    ]
    return max(found, key=lambda other: other.cascades, default=None)


def _key(site: Site) -> ForeignKey:
    key = dropped(site)
    assert isinstance(key, ForeignKey)
    return key


def _operation(site: Site) -> DropConstraint:
    assert isinstance(site.operation, DropConstraint)
    return site.operation
