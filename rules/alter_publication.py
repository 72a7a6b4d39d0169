"""alter-publication: see alter_publication.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.objects import is_known
from safemigrate.schema import Table
from safemigrate.schema.operations import ChangePublication, CreatePublication, DropObject, RenameObject

# without the parameter, or where it lists them
_SENDS_UPDATES = re.compile(
    r"^(?!.*\bpublish\b\s*=)|\bpublish\b\s*=\s*'[^']*\b(?:update|delete)\b", re.IGNORECASE | re.DOTALL
)


def check(site: Site) -> Iterable[Hit]:
    """A publication that sends less, or under another name, or is gone; or that stops writes."""
    op = site.operation
    assert isinstance(op, ChangePublication | CreatePublication | DropObject | RenameObject)
    if isinstance(op, CreatePublication):
        yield from _refuses_writes(site, op)
        return
    if not is_known(site, "PUBLICATION", op.name, if_exists=getattr(op, "if_exists", False)):
        return
    match op:
        case DropObject():
            what = f"Subscribers of {op.name} stop, and what they have not taken yet is lost to them."
        case RenameObject(new_name=new_name):
            what = f"Subscribers ask for {op.name} and stop until they ask for {new_name}."
        case ChangePublication(action="ADD"):
            yield from _refuses_writes(site, op)
            return
        case ChangePublication(action="OWNER TO"):
            return
        case _:
            what = f"Subscribers of {op.name} no longer get all that they got, and hear nothing of that."
    yield Hit(frozenset({Hazard.BREAKS_REPLICATION}), message=what)


def _refuses_writes(site: Site, op: ChangePublication | CreatePublication) -> Iterable[Hit]:
    """PostgreSQL refuses UPDATE and DELETE of a published table by whose rows nobody could tell them apart."""
    if not _SENDS_UPDATES.search(op.text):
        return
    for name in op.tables:
        table = site.before.table(name)
        if table is None or not table.known or site.is_new(name) or _has_identity(table):
            continue
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"{name} has neither a primary key nor another replica identity, so every UPDATE and DELETE of "
            "it is refused from now on.",
        )


def _has_identity(table: Table) -> bool:
    if table.replica_identity == "DEFAULT":
        return bool(table.primary_key)
    return table.replica_identity != "NOTHING"
