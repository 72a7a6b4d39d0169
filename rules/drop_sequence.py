"""drop-sequence: see drop_sequence.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.objects import drawing_from, is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Generation
from safemigrate.schema.chosen import sequence_of
from safemigrate.schema.operations import AddIdentity, DropObject

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """nextval() of the old version fails, whether it stands in a statement or in a default."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    if _handed_over(site):
        yield Hit(
            BREAKS,
            certain=False,
            message=f"A version that names {op.name} fails; one that leaves out the column gets its number from the "
            "identity.",
        )
        return
    column = next(iter(drawing_from(site.before, op.name)), "")
    if column and not op.cascade:
        yield Hit(
            BREAKS | {Hazard.FAILS},
            message=f"PostgreSQL refuses to drop {op.name}: the default of {column} needs it.",
        )
    elif column:
        yield Hit(BREAKS, message=f"CASCADE takes the default of {column}, which the old version leaves out.")
    else:
        yield Hit(BREAKS)


def split(site: Site) -> Split | Refusal | None:
    """The same, when no version draws numbers from it any more."""
    op = _operation(site)
    hits = list(check(site))
    if not hits or _handed_over(site):
        # put off, it would be the one that pg_get_serial_sequence() names
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Give the column another default in a release before.")
    return put_off(
        site,
        f"drops the sequence {op.name}",
        deploy=f"the version that no longer draws numbers from {op.name}",
        proof=f"No running version names {op.name}, and no default does.",
    )


def _handed_over(site: Site) -> bool:
    """Whether the column that drew from it numbers itself when the transaction ends."""
    name, begin = _operation(site).name, site.in_transaction[0].before
    for placed in site.in_transaction:
        op = placed.operation
        if isinstance(op, AddIdentity):
            column = begin.column(op.table, op.column)
            serial = column.generation is Generation.SERIAL and name.name == sequence_of(op.table, column).name
            if serial or (column.default is not None and f"'{name.name}'" in column.default.text):
                return True
    return False


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
