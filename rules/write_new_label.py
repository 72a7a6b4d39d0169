"""write-new-label: see write_new_label.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.labels import writes
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Name
from safemigrate.schema.name import literal


def check(site: Site) -> Iterator[Hit]:
    """The running version knows no label that an earlier revision of the release adds."""
    found = _written(site)
    if found is not None:
        type_, label = found
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"An earlier revision under review adds {literal(label)} to {type_}: where both are released "
            "together, the old version reads a label that it does not know.",
        )


def split(site: Site) -> Split | None:
    """The same, when every version reads the label."""
    found = _written(site)
    if found is None:
        return None
    type_, label = found
    return put_off(
        site,
        f"writes {literal(label)}, which an earlier revision adds to {type_}",
        deploy=f"the version that reads {literal(label)}, and does not write it yet",
        proof=f"Every running version reads {literal(label)}.",
    )


def _written(site: Site) -> tuple[Name, str] | None:
    """The first label that the statement writes or may write, and its type."""
    before, since = site.before, site.since
    for enum in before.enums.values():
        for label, born in enum.added:
            # add-enum-value speaks of what its own revision writes
            is_new = enum.born < since <= born < before.revision and label in enum.labels
            if is_new and writes(site.operations[0], enum.name, label, since=since).possible:
                return enum.name, label
    return None
