"""nontransactional-command: see nontransactional_command.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.control import OPENED_AGAIN, behind_commit


def check(site: Site) -> Iterable[Hit]:
    """A command that PostgreSQL refuses in a transaction, and that is not a CONCURRENTLY."""
    op = site.operation
    if site.transaction is None or op.runs_in_transaction or getattr(op, "concurrently", False):
        return
    again = OPENED_AGAIN if behind_commit(site) else ""
    yield Hit(
        frozenset({Hazard.FAILS}),
        message="PostgreSQL refuses it inside a transaction, and Alembic opens one: "
        f"write it in a with op.get_context().autocommit_block().{again}",
    )
