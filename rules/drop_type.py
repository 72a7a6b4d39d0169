"""drop-type: see drop_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.objects import is_known, lost_labels, of_type, type_given_again
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Name, Schema
from safemigrate.schema.name import literal, quoted
from safemigrate.schema.operations import DropObject

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """Casts and binds of the old version name the type, unless another one has that name in the end."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    column = None if op.cascade else _column_of(site.before, op.name)
    lost = lost_labels(site, op.name)
    if column is not None:
        yield Hit(BREAKS | {Hazard.FAILS}, message=f"PostgreSQL refuses to drop {op.name} while {column} is of it.")
    elif lost:
        labels = " and ".join(map(literal, lost))
        yield Hit(BREAKS, message=f"The new {op.name} lacks {labels}, which the old version sends and reads.")
    elif lost is None and not type_given_again(site, op.name):
        yield Hit(BREAKS)


def split(site: Site) -> Split | Refusal | None:
    """The same, when no version names the type any more."""
    op = _operation(site)
    hits = list(check(site))
    if not hits:
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Give the column another type in a release before.")
    if lost_labels(site, op.name):
        return Refusal(
            hits[0].message,
            "Let the new type keep a name of its own, with columns that have names of their own, too; or keep the "
            "labels in it until no version sends or reads them.",
        )
    return put_off(
        site,
        f"drops the type {op.name}",
        deploy=f"the version that no longer names {op.name}",
        proof=f"No running version casts to {op.name}.",
    )


def _column_of(schema: Schema, type_: Name) -> str | None:
    """A column that is of the type."""
    for table in schema.tables.values():
        for column in table.columns.values():
            if of_type(schema, column.type, type_):
                return f"{table.name}.{quoted(column.name)}"
    return None


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
