"""truncate: see truncate.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Name, Schema
from safemigrate.schema.operations import Truncate


def check(site: Site) -> Iterable[Hit]:
    """Which tables lose their rows, and whether PostgreSQL takes it at all."""
    op, before = site.operation, site.before
    assert isinstance(op, Truncate)
    emptied = [before.resolve(table) for table in op.tables]
    referring = _referring(before, emptied)
    if referring and not op.cascade:
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"{_names(referring)} has a foreign key to what is emptied, so PostgreSQL refuses it, "
            "even if no row refers to another: name both tables.",
        )
        return
    lost = [table for table in (*emptied, *referring) if not before.is_new(table)]
    if lost:
        follows = f" CASCADE takes {_names(referring)} with it." if referring else ""
        yield Hit(frozenset({Hazard.LOSES_DATA}), message=f"Every row of {_names(lost)} is gone for good.{follows}")


def split(site: Site) -> Split | Refusal | None:
    """The same, when no version reads the rows any more."""
    op = site.operation
    assert isinstance(op, Truncate)
    hits = list(check(site))
    if not hits:
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Name every table that is to be emptied, or say CASCADE.")
    names = _names(op.tables)
    return put_off(
        site,
        f"empties {names}",
        deploy=f"the version that does without the rows of {names}",
        proof=f"No running version reads the rows of {names}, and they are kept elsewhere or not wanted.",
    )


def _referring(before: Schema, tables: Iterable[Name]) -> list[Name]:
    """The tables beside *tables* that refer to them, and those that refer to these."""
    found = list(tables)
    given = len(found)
    for table in found:
        found += [child for child, _ in before.referencing(table) if child not in found]
    return found[given:]


def _names(tables: Iterable[Name]) -> str:
    return " and ".join(table.name for table in tables)
