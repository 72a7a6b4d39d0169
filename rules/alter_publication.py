"""alter-publication: see alter_publication.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.objects import is_known
from safemigrate.schema.operations import ChangePublication, DropObject, RenameObject


def check(site: Site) -> Iterable[Hit]:
    """A publication that sends less, or under another name, or is gone."""
    op = site.operation
    assert isinstance(op, ChangePublication | DropObject | RenameObject)
    if not is_known(site, "PUBLICATION", op.name, if_exists=getattr(op, "if_exists", False)):
        return
    match op:
        case DropObject():
            what = f"Subscribers of {op.name} stop, and what they have not taken yet is lost to them."
        case RenameObject(new_name=new_name):
            what = f"Subscribers ask for {op.name} and stop until they ask for {new_name}."
        case ChangePublication(action="ADD" | "OWNER TO"):
            return
        case _:
            what = f"Subscribers of {op.name} no longer get all that they got, and hear nothing of that."
    yield Hit(frozenset({Hazard.BREAKS_REPLICATION}), message=what)
