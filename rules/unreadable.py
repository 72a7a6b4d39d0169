"""unreadable: see unreadable.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema import Name, Volatility
from safemigrate.schema.operations import Query, Unreadable
from safemigrate.sql import calls_of

_SELECT = re.compile(r"\s*(?:SELECT|WITH)\s+", re.IGNORECASE)
# of PostgreSQL itself, and known to do no more than their names say
_OWN = re.compile(r"pg_(?!terminate_|cancel_|read_|ls_|logical_|replication_)\w+|set_config|txid_\w+")


def check(site: Site) -> Iterable[Hit]:
    """What could not be read is never silence: the finding says what and why."""
    op = site.operation
    if isinstance(op, Query):
        for name in sorted(_called(op, site), key=str):
            yield Hit(
                frozenset({Hazard.UNREADABLE}),
                message=f"{name}() runs code that stands in the database, so nothing is known of what it does.",
            )
        return
    assert isinstance(op, Unreadable)
    what = f"{_head(op.text)}: " if op.text.strip() else ""
    reason = op.reason if op.reason.endswith((".", "!", "?")) else f"{op.reason}."
    yield Hit(
        frozenset({Hazard.UNREADABLE}), message=f"This could not be read, so nothing is known of it: {what}{reason}"
    )


def _called(op: Query, site: Site) -> frozenset[Name]:
    """The functions that a SELECT calls and that may do more than tell."""
    if _SELECT.match(op.text) is None:
        return frozenset()
    return frozenset(name for name in calls_of(op.text) if not _only_tells(name, site))


def _only_tells(name: Name, site: Site) -> bool:
    if name.schema in (None, "pg_catalog") and _OWN.fullmatch(name.name):
        return True
    known = site.before.functions_named(name)
    return bool(known) and all(f.volatility in (Volatility.CONSTANT, Volatility.STABLE) for f in known)


def _head(text: str, *, longest: int = 60) -> str:
    """The beginning of a statement, to know it by."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
