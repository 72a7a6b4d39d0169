"""several-heads: see several_heads.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from safemigrate.history.statement import Revision
from safemigrate.rulebook import Hazard, Hit, Site


def check(site: Site) -> Iterable[Hit]:
    """Each revision under review that makes the history fork, unless labels say that it is meant to."""
    by_id = {revision.id: revision for revision in site.project.revisions}
    built_on = {down for revision in by_id.values() for down in revision.down}
    heads = [id for id in by_id if id not in built_on]
    if len(heads) < 2:
        return
    lineages = {head: _lineage(head, by_id) for head in heads}
    reviewed = {placed.statement.revision: at for at, placed in reversed(list(enumerate(site.operations)))}
    told: set[frozenset[str]] = set()
    # of two that are both new, the later one moves
    for id in [id for id in reversed(by_id) if id in reviewed]:
        for own, other in _forks(by_id[id], lineages):
            if frozenset({own, other}) not in told and not _on_purpose(lineages[own], lineages[other], by_id):
                told.add(frozenset({own, other}))
                yield Hit(
                    frozenset({Hazard.FAILS}),
                    at=reviewed[id],
                    message=f"{id} and {other} have one ancestor and neither builds on the other, so alembic upgrade "
                    f'head refuses the history. Set down_revision = "{other}" in {id}, or join the two with '
                    "alembic merge heads.",
                )


def _forks(revision: Revision, lineages: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """The heads above *revision*, each with a head that builds on what it builds on, but not on itself."""
    above = [head for head, lineage in lineages.items() if revision.id in lineage]
    beside = [head for head, lineage in lineages.items() if revision.id not in lineage]
    parents = revision.down or ("",)
    for other in beside:
        if any(not down or down in lineages[other] for down in parents):
            yield from ((own, other) for own in above)


def _on_purpose(own: frozenset[str], other: frozenset[str], by_id: Mapping[str, Revision]) -> bool:
    """Whether the branch labels of the two sides differ."""
    return _labels(own - other, by_id) != _labels(other - own, by_id)


def _labels(ids: Iterable[str], by_id: Mapping[str, Revision]) -> frozenset[str]:
    return frozenset(label for id in ids for label in by_id[id].labels)


def _lineage(head: str, by_id: Mapping[str, Revision]) -> frozenset[str]:
    """*head* and all that it builds on."""
    found: set[str] = set()
    ahead = [head]
    while ahead:
        id = ahead.pop()
        if id in by_id and id not in found:
            found.add(id)
            ahead += by_id[id].down
    return frozenset(found)
