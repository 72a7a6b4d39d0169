"""security-definer: see security_definer.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema import Operation
from safemigrate.schema.operations import AlterObject, CreateFunction

_SETS_PATH = re.compile(r"\bSET\s+search_path\b", re.IGNORECASE)
_BECOMES = re.compile(r"\bSECURITY\s+DEFINER\b", re.IGNORECASE)


def check(site: Site) -> Iterable[Hit]:
    """A function that acts as its owner and looks for names where the caller says."""
    op = site.operation
    if _acts_as_owner(op) and not _given_a_path_later(site):
        yield Hit(frozenset({Hazard.ADVICE}))


def _acts_as_owner(op: Operation) -> bool:
    if isinstance(op, CreateFunction):
        return op.security_definer and "search_path" not in op.settings
    return isinstance(op, AlterObject) and bool(_BECOMES.search(op.text)) and not _SETS_PATH.search(op.text)


def _given_a_path_later(site: Site) -> bool:
    op = site.operation
    assert isinstance(op, CreateFunction | AlterObject)
    later = site.run.operations[site.position + 1 :]
    return any(
        isinstance(p.operation, AlterObject)
        and p.operation.kind == op.kind
        and p.before.same(p.operation.name, op.name)
        and _SETS_PATH.search(p.operation.text)
        for p in later
    )
