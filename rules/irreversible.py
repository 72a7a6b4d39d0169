"""irreversible: see irreversible.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.history.written import Downgrade
from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import Query, SessionCommand, SetParameter, TransactionControl

_SAYS = {
    Downgrade.EMPTY: "downgrade() does nothing, so Alembic moves back and the schema stays",
    Downgrade.MISSING: "There is no downgrade()",
}


def check(site: Site) -> Iterable[Hit]:
    """A revision that changes something and cannot be taken back."""
    says = _SAYS.get(site.run.written.downgrade)
    changes = any(
        not isinstance(p.operation, Query | SessionCommand | SetParameter | TransactionControl)
        for p in site.operations
    )
    if says and changes:
        yield Hit(frozenset({Hazard.ADVICE}), message=f"{says}: write it, or raise an error there that says why not.")
