"""revoke-privilege: see revoke_privilege.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.objects import is_new
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Name, Operation
from safemigrate.schema.operations import AlterObject, DropObject, Grant, RenameObject, Revoke

BREAKS = frozenset({Hazard.BREAKS_OLD})
# ALTER ROLE … that takes away
_LESS = re.compile(r"\b(NOLOGIN|NOSUPERUSER|NOBYPASSRLS|NOINHERIT|CONNECTION\s+LIMIT\s+0)\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(PASSWORD|VALID\s+UNTIL|SET\s+(search_path|role))\b", re.IGNORECASE)


def check(site: Site) -> Iterator[Hit]:
    """Whatever role the old version has may be the one, unless it is given back before the transaction ends."""
    op = site.operation
    if isinstance(op, DropObject):
        if not is_new(site.before, "ROLE", op.name):
            yield from _role_dropped(op)
        return
    if isinstance(op, RenameObject | AlterObject) and not isinstance(op, Revoke):
        if not is_new(site.before, "ROLE", op.name):
            yield from _role_changed(op)
        return
    assert isinstance(op, Revoke)
    if op.names and all(_made_here(site, op.on, name) for name in op.names):
        return
    if not any(_gives_back(p.operation, op, site) for p in site.in_transaction[_here(site) + 1 :]):
        yield Hit(BREAKS)


def split(site: Site) -> Split | None:
    """The same, when no version needs it any more."""
    op = site.operation
    if not any(check(site)):
        return None
    if isinstance(op, Revoke):
        return _revoked(op, site)
    assert isinstance(op, DropObject | RenameObject | AlterObject)
    return put_off(
        site,
        f"{'drops' if isinstance(op, DropObject) else 'changes'} what the role {op.name} has",
        deploy=f"the version that does not use the role {op.name}",
        proof=f"No running version connects as {op.name}, or gets its rights from it.",
    )


def _revoked(op: Revoke, site: Site) -> Split:
    what, whom = f"{', '.join(op.privileges)} on {op.name}" if op.on else str(op.name), ", ".join(op.roles)
    # some of it given back: what is new of that both versions may have at once
    later = range(site.position + 1, len(site.run.operations))
    given = {
        n: grant for n in later if _is_grant(grant := site.run.operations[n].operation) and _alike(grant, op, site)
    }
    grants = tuple(given.values())
    return Split(
        consumes=frozenset({site.position, *given}),
        change=f"revokes {what} from {whom}",
        expand=tuple((grant,) for grant in grants),
        contract=((op, *grants),),
        deploy=f"the version that does without {what}",
        proof=f"No running version needs {what} as {whom}.",
    )


def _role_dropped(op: DropObject) -> Iterator[Hit]:
    if op.kind == "OWNED BY":
        yield Hit(
            BREAKS | {Hazard.LOSES_DATA},
            message=f"DROP OWNED drops every table of {op.name} in this database, and all its rights.",
        )
    else:
        yield Hit(BREAKS, message=f"No process of the old version can connect as {op.name} any more.")


def _role_changed(op: RenameObject | AlterObject) -> Iterator[Hit]:
    if isinstance(op, RenameObject):
        yield Hit(
            BREAKS,
            message=f"No process of the old version connects as {op.name} any more. An MD5 password is cleared.",
        )
    elif _LESS.search(op.text) or _OTHER.search(op.text):
        yield Hit(
            BREAKS,
            certain=_LESS.search(op.text) is not None,
            message=f"The old version may connect as {op.name}, and relies on what is changed here.",
        )


def _here(site: Site) -> int:
    return site.in_transaction.index(site.operations[0])


def _made_here(site: Site, on: str, name: Name) -> bool:
    return site.is_new(name) if on == "TABLE" and site.before.table(name) else is_new(site.before, on, name)


def _gives_back(given: Operation, taken: Revoke, site: Site) -> bool:
    """Whether a GRANT gives the same roles the same privileges on the same objects."""
    if not _is_grant(given) or not _alike(given, taken, site):
        return False
    enough = "ALL" in given.privileges or set(given.privileges) >= set(taken.privileges)
    return enough and (not given.columns or (bool(taken.columns) and set(given.columns) >= set(taken.columns)))


def _is_grant(op: Operation) -> TypeGuard[Grant]:
    return isinstance(op, Grant) and not isinstance(op, Revoke)


def _alike(given: Grant, taken: Revoke, site: Site) -> bool:
    """Whether a GRANT is about the objects and the roles of a REVOKE."""
    objects = {site.before.resolve(n) for n in given.names} >= {site.before.resolve(n) for n in taken.names}
    return given.on == taken.on and objects and set(given.roles) >= set(taken.roles)
