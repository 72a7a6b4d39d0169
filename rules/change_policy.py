"""change-policy: see change_policy.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.net import begun, left
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Name, Table
from safemigrate.schema.attached import Policy
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AlterObject, CreatePolicy, DropObject

BREAKS = frozenset({Hazard.BREAKS_OLD})
_Changing = CreatePolicy | DropObject | AlterObject


def check(site: Site) -> Iterator[Hit]:
    """Where policies are in force, each change of them changes which rows the old version has."""
    op = _operation(site)
    table = op.table
    if table is None or site.is_new(table):
        return
    start, end = begun(site).table(table), left(site).table(table)
    if _is_off(start):
        # enable-row-security looks at the policies when they come into force
        return
    known = _policy(start, op.name)
    match op:
        case CreatePolicy(permissive=False):
            yield Hit(BREAKS, message=f"{op.name} takes rows of {table} away from the old version.")
        case DropObject() if _policy(end, op.name) is not None or _is_off(end):
            # made anew, or out of force: the statement that does it speaks of it
            return
        case DropObject() if known is None and start is not None and start.known:
            return
        case DropObject():
            yield Hit(BREAKS, certain=known is None or known.permissive)
        case CreatePolicy() if known is not None and _dropped(site) is not None:
            yield Hit(BREAKS, certain=False, message=f"Nobody can tell whether {op.name} lets the same rows pass.")
        case AlterObject():
            yield Hit(BREAKS, certain=False, message=f"Nobody can tell whether {op.name} lets the same rows pass.")


def split(site: Site) -> Split | None:
    """The same, when the old version is gone."""
    op = _operation(site)
    if not any(check(site)):
        return None
    name, dropped = quoted(op.name.name), _dropped(site) if isinstance(op, CreatePolicy) else None
    split = put_off(
        site,
        f"changes the policy {name} of {op.table}",
        deploy=f"the version that does with the rows that {name} leaves it",
        proof=f"Every running version has of {op.table} what its policies let pass, and no more is asked.",
    )
    if dropped is None:
        return split
    # between the two nobody would see a row
    together = (site.run.operations[dropped].operation, op)
    return replace(split, consumes=split.consumes | {dropped}, contract=(together,))


def _dropped(site: Site) -> int | None:
    """Where the revision drops a policy of that name, before it makes this one."""
    op = _operation(site)
    assert op.table is not None
    for position, placed in enumerate(site.run.operations[: site.position]):
        other = placed.operation
        if (
            isinstance(other, DropObject)
            and (other.kind, other.name.name) == ("POLICY", op.name.name)
            and other.table is not None
            and placed.before.same(other.table, op.table)
        ):
            return position
    return None


def _is_off(table: Table | None) -> bool:
    """Whether row security is off for certain."""
    return table is not None and table.known and not table.row_security


def _policy(table: Table | None, name: Name) -> Policy | None:
    return table.policies.get(name.name) if table is not None else None


def _operation(site: Site) -> _Changing:
    assert isinstance(site.operation, _Changing)
    return site.operation
