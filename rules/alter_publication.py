"""alter-publication: see alter_publication.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.objects import is_known
from safemigrate.schema import Table
from safemigrate.schema.name import quoted, says
from safemigrate.schema.operations import ChangePublication, CreatePublication, DropObject, RenameObject
from safemigrate.sql import columns_named

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
    parts = dict(zip(map(site.before.resolve, op.tables), op.parts, strict=False))
    for table in _sent(site, op):
        if not _has_identity(table):
            why = f"{table.name} has neither a primary key nor another replica identity"
        elif missing := _outside_of(parts.get(table.name, ""), table):
            why = f"{missing} by which the rows of {table.name} are told apart"
        else:
            continue
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"{why}, so every UPDATE and DELETE of it is refused from now on.",
        )


def _sent(site: Site, op: ChangePublication | CreatePublication) -> Iterable[Table]:
    """The tables that the statement begins to send, of those that the running version knows; of many, a few."""
    before = site.before
    everything = isinstance(op, CreatePublication) and op.everything
    named = {before.resolve(name) for name in op.tables}
    for table in before.tables.values():
        logged = table.known and not (table.temporary or table.unlogged or site.is_new(table.name))
        # the rows of a partitioned table are those of its partitions
        sent = table.name in named or ((everything or table.name.schema in op.schemas) and not table.partitioned)
        if logged and sent and table.name.name != "alembic_version":
            yield table


def _outside_of(part: str, table: Table) -> str:
    """What the part of a table that is sent lacks of its key, or asks beside it; empty where nothing, or unknown."""
    key = table.primary_key
    if not part or not key or table.replica_identity != "DEFAULT":
        return ""
    columns, _, condition = part.partition("WHERE")
    lacking = [column for column in key if columns.strip() and not says(columns, column)]
    if lacking:
        return f"The list of columns lacks {quoted(lacking[0])}"
    beside = sorted((columns_named(condition) or frozenset()) - set(key)) if condition else []
    return f"The condition asks {quoted(beside[0])}, and not only the key," if beside else ""


def _has_identity(table: Table) -> bool:
    if table.replica_identity == "DEFAULT":
        return bool(table.primary_key)
    return table.replica_identity != "NOTHING"
