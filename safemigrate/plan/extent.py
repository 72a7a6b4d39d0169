"""Which revisions of a history are one release."""

from __future__ import annotations

from collections.abc import Mapping

from safemigrate.errors import ConfigurationError
from safemigrate.history import History, Phase


def last_release(history: History) -> str:
    """The revision before the last release: before the block at the head whose revisions name their phases.

    Raises:
        ConfigurationError: no revision at the head names a phase.
    """
    ids = [revision.id for revision in history.revisions]
    phases: Mapping[str, Phase | None] = {revision.id: revision.phase for revision in history.revisions}
    start = len(ids)
    while start and phases[ids[start - 1]] is not None:
        following = phases[ids[start]] if start < len(ids) else None
        if phases[ids[start - 1]] is Phase.CONTRACT and following not in (Phase.CONTRACT, None):
            # the contract of the release before
            break
        start -= 1
    if start == len(ids):
        raise ConfigurationError(
            "No revision at the head names a phase, so which of them the release is cannot be told.",
            where=str(history.script_location),
            remedy="Name them as A:B, or say --old-revision A.",
        )
    return ids[start - 1] if start else ""
