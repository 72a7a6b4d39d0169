"""extension-whitelist: see extension_whitelist.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import CreateObject


def check(site: Site) -> Iterable[Hit]:
    """An extension that the project does not list. A project that lists none has no opinion."""
    op, allowed = site.operation, site.policy.extensions
    assert isinstance(op, CreateObject)
    if allowed and op.name.name not in allowed:
        yield Hit(frozenset({Hazard.ADVICE}), message=f"{op.name} is not among the extensions {', '.join(allowed)}.")
