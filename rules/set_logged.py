"""set-logged: see set_logged.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.operations import SetLogged


def check(site: Site) -> Iterable[Hit]:
    """The table is written anew, unless it is already as it should be."""
    op = site.operation
    assert isinstance(op, SetLogged)
    table = site.before.table(op.table)
    if site.is_new(op.table) or (table is not None and table.known and table.unlogged is not op.logged):
        return
    rewritten = f"{op.table} is written anew under a lock that stops reads and writes."
    if op.logged:
        yield Hit(frozenset({Hazard.REWRITES_TABLE}), message=rewritten)
    else:
        yield Hit(
            frozenset({Hazard.REWRITES_TABLE, Hazard.LOSES_DATA, Hazard.BREAKS_REPLICATION}),
            message=f"{rewritten} From then on its rows are gone after a crash, and no standby has them.",
        )


def split(site: Site) -> Split | Refusal | None:
    """There is no other way from one to the other."""
    op = site.operation
    assert isinstance(op, SetLogged)
    return Refusal(
        "PostgreSQL writes the table anew to log it, or no longer to.",
        f"Do it while {op.table} is small, or copy its rows into a table that is as it should be from the start.",
    )
