"""narrow-column-type: see narrow_column_type.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.retyped import retyped
from safemigrate.rulebook.retyping import Loss, loss, same_to_a_driver
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import ChangeType


def check(site: Site) -> Iterable[Hit]:
    """Values that the new type does not hold: refused, or cut to what it does hold."""
    op = _operation(site)
    old = site.before.column(op.table, op.column).type
    if old is None or not old.certain or not op.type.certain or site.before.is_new_column(op.table, op.column):
        return
    found = loss(old, op.type)
    if found is Loss.NONE:
        return
    column = f"{op.table}.{quoted(op.column)}"
    hazards = {Hazard.BREAKS_OLD} if same_to_a_driver(old, op.type) else set[Hazard]()
    if found is Loss.ROUNDED or op.using is not None:
        hazards.add(Hazard.LOSES_DATA)
        said = f"What {op.type.sql()} does not hold of the {old.sql()} in {column} is cut off for good."
    else:
        said = (
            f"{column} was {old.sql()}: PostgreSQL refuses to change it where a row holds more than {op.type.sql()}."
        )
    if hazards:
        yield Hit(frozenset(hazards), message=f"{said} The old version may still write it.")


def split(site: Site) -> Split | Refusal | None:
    """A column of the narrower type beside it takes its place when the old version is gone, and all rows fit."""
    return retyped(site)


def _operation(site: Site) -> ChangeType:
    assert isinstance(site.operation, ChangeType)
    return site.operation
