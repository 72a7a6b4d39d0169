"""alter-subscription: see alter_subscription.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema import Name
from safemigrate.schema.operations import AlterObject, RenameObject, ServerCommand

_HEAD = re.compile(
    r"^\s*(?:ALTER|DROP|CREATE)\s+SUBSCRIPTION\s+(?:IF\s+EXISTS\s+)?(?:\"[^\"]*\"|\S+)\s*", re.IGNORECASE
)
_WORDS = (
    (
        re.compile(r"DISABLE\b", re.IGNORECASE),
        "nothing arrives until it is enabled, and its publisher keeps all of it",
    ),
    (
        re.compile(r"CONNECTION\b", re.IGNORECASE),
        "what arrives comes from another server, which may have sent it already",
    ),
    (
        re.compile(r"(?:SET|DROP)\s+PUBLICATION\b", re.IGNORECASE),
        "what the other publications send no longer arrives",
    ),
    (re.compile(r"SKIP\b", re.IGNORECASE), "a transaction of the publisher is left out for good"),
    (re.compile(r"SET\s*\(", re.IGNORECASE), "it arrives in another way, or under another slot"),
)


def check(site: Site) -> Iterator[Hit]:
    """What a subscription gets from now on, and what its publisher keeps for it."""
    op = site.operation
    assert isinstance(op, AlterObject | RenameObject | ServerCommand)
    if isinstance(op, RenameObject):
        return
    if isinstance(op, ServerCommand) and op.kind == "DROP SUBSCRIPTION":
        why = "nothing arrives any more, and what was not taken is lost here"
    else:
        rest = _HEAD.sub("", op.text)
        why = next((words for pattern, words in _WORDS if pattern.match(rest)), "")
    if why:
        name = op.name if isinstance(op.name, Name) else Name(op.name)
        yield Hit(frozenset({Hazard.BREAKS_REPLICATION}), message=f"Of {name}, {why}.")
