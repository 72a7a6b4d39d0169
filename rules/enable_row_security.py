"""enable-row-security: see enable_row_security.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.net import begun, left
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Table
from safemigrate.schema.operations import CreatePolicy, SetRowSecurity

BREAKS = frozenset({Hazard.BREAKS_OLD})
_EVERY_ROW = re.compile(
    r"\bUSING\s*\(\s*\(*\s*true\s*\)*\s*\)\s*(WITH\s+CHECK\s*\(\s*true\s*\)\s*)?;?\s*$", re.IGNORECASE
)


def check(site: Site) -> Iterator[Hit]:
    """Rows that no policy lets pass are not there for the old version, nor can it write them."""
    op = _operation(site)
    if site.is_new(op.table):
        return
    start, end = begun(site).table(op.table), left(site).table(op.table)
    was_on = start is not None and start.row_security
    match op.action:
        case "ENABLE" if not (start is not None and start.known and was_on):
            yield from _hidden(site, end)
        case "FORCE" if was_on:
            yield from _hidden(
                site, end, "From now on the owner of the table, too, sees only the rows that a policy lets pass."
            )
        case "DISABLE" | "NO FORCE" if _kept_from_somebody(op, start):
            yield Hit(
                BREAKS,
                message=f"Rows of {op.table} that policies kept from the old version are there for it from now on.",
            )


def split(site: Site) -> Split | None:
    """The same, when the old version is gone."""
    op = _operation(site)
    if not any(check(site)):
        return None
    words = f"{op.action} ROW LEVEL SECURITY"
    return put_off(
        site,
        f"says {words} on {op.table}",
        deploy=f"the version that is written for the policies of {op.table}",
        proof=f"Every running version sees of {op.table} what its policies let pass, and no more is asked.",
    )


def _hidden(site: Site, table: Table | None, message: str = "") -> Iterator[Hit]:
    """No policy lets any row pass; whether those that do let pass what the old version needs, nobody knows."""
    policies = table.policies.values() if table is not None else ()
    if not any(policy.permissive for policy in policies):
        yield Hit(BREAKS, message=message)
    elif not _all_pass(site):
        yield Hit(
            BREAKS,
            certain=False,
            message=message or "Rows that the policies do not let pass are not there for the old version.",
        )


def _all_pass(site: Site) -> bool:
    """Whether a policy of this revision lets everybody do everything with every row, and none restricts that."""
    table = left(site).table(_operation(site).table)
    if table is None or not all(policy.permissive for policy in table.policies.values()):
        return False
    return any(
        isinstance(op := placed.operation, CreatePolicy)
        and op.table is not None
        and placed.before.same(op.table, table.name)
        and op.command == "ALL"
        and op.roles == ("public",)
        and _EVERY_ROW.search(op.text) is not None
        for placed in site.run.operations
    )


def _kept_from_somebody(op: SetRowSecurity, start: Table | None) -> bool:
    """Whether policies were in force: unknown is taken for yes."""
    if start is None or not start.known:
        return True
    return start.row_security and (start.forced or op.action == "DISABLE")


def _operation(site: Site) -> SetRowSecurity:
    assert isinstance(site.operation, SetRowSecurity)
    return site.operation
