"""security-definer: see security_definer.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.net import begun
from safemigrate.schema import Operation
from safemigrate.schema.operations import AlterObject, CreateFunction

_SETS_PATH = re.compile(r"\bSET\s+search_path\b", re.IGNORECASE)
_YIELDS = re.compile(r"\bSECURITY\s+INVOKER\b", re.IGNORECASE)
_BECOMES = re.compile(r"\bSECURITY\s+DEFINER\b", re.IGNORECASE)


def check(site: Site) -> Iterable[Hit]:
    """A function that acts as its owner and looks for names where the caller says."""
    op = site.operation
    if _gives_up(site):
        assert isinstance(op, CreateFunction | AlterObject)
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"{op.name} acted as its owner, and acts as its caller now: the role of the old version may lack "
            "the privileges that it needs.",
        )
    elif _acts_as_owner(op) and not _given_a_path_later(site):
        yield Hit(frozenset({Hazard.ADVICE}))


def _gives_up(site: Site) -> bool:
    """Whether a function that the running version calls acted as its owner before, and does not any more."""
    op = site.operation
    assert isinstance(op, CreateFunction | AlterObject)
    known = begun(site).overloads(op.name, op.arguments)
    if len(known) != 1 or not known[0].security_definer or op.kind == "AGGREGATE":
        return False
    return not op.security_definer if isinstance(op, CreateFunction) else bool(_YIELDS.search(op.text))


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
