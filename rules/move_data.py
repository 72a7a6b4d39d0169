"""move-data: see move_data.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Phase, Refusal, Site
from safemigrate.rulebook.moving import Move, moved


def check(site: Site) -> Iterator[Hit]:
    """What is written to the old place between the copy and the drop is in neither place in the end."""
    move = _move(site)
    if move is not None:
        yield Hit(
            frozenset({Hazard.LOSES_DATA}),
            message=f"What the old version writes to {move.source} after this does not get to {move.target}, and is "
            f"dropped with {move.source}.",
        )


def split(site: Site) -> Refusal | None:
    """Two places in two tables cannot be kept in step both ways without deadlocks; one way they can."""
    move = _move(site)
    return None if move is None else move.refusal()


def _move(site: Site) -> Move | None:
    # once the old version is gone, nothing is written to what goes
    return moved(site.run, site.position) if site.run.phase is Phase.EXPAND else None
