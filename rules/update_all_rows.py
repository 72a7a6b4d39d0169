"""update-all-rows: see update_all_rows.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Phase, Placed, Refusal, Site, Split
from safemigrate.rulebook.backfills import REMEDY, filled_later, fills_new_columns
from safemigrate.rulebook.filling import fills_for_not_null
from safemigrate.rulebook.held import held
from safemigrate.rulebook.rows import is_version_table, merged_rows, takes_every_row
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import Merge, Update


def check(site: Site) -> Iterator[Hit]:
    """An UPDATE of every row of a table that others use, where nothing else keeps them waiting already."""
    for at, placed in _found(site):
        op = placed.operation
        assert isinstance(op, Update | Merge)
        yield from _emptied(at, placed)
        others = f" for which {' and '.join(map(str, op.joins))} has one" if op.joins else ""
        yield Hit(
            frozenset({Hazard.BLOCKS_WRITES}),
            at=at,
            message=f"It locks every row of {op.table}{others} until the transaction ends: whoever wants to change "
            "one waits.",
        )


def _emptied(at: int, placed: Placed) -> Iterator[Hit]:
    """NULL in every row of a column that was there before is the end of its values."""
    op, before = placed.operation, placed.before
    if not isinstance(op, Update) or op.joins:
        return
    for column, value in op.assignments:
        if value.is_null_constant and not before.is_new_column(op.table, column):
            yield Hit(
                frozenset({Hazard.LOSES_DATA}),
                at=at,
                message=f"Nothing of {op.table}.{quoted(column)} is left, and nothing brings it back.",
            )


def split(site: Site) -> Split | Refusal | None:
    """In batches, where the rows that are done can be told from those that are not."""
    found = [placed for _, placed in _found(site)]
    own = [
        p
        for i, p in enumerate(site.run.operations)
        if any(p is f for f in found) and not fills_for_not_null(site.run, i)
    ]
    if not all(fills_new_columns(placed) for placed in own):
        return Refusal("Which rows have their new value already cannot be told from the statement.", REMEDY)
    return filled_later(site, found)


def _found(site: Site) -> Iterator[tuple[int, Placed]]:
    if site.run.phase is Phase.MIGRATE and site.run.revision.backfills:
        return
    for at, placed, locks in held(site):
        op = placed.operation
        if (
            not locks
            and isinstance(op, Update | Merge)
            and (takes_every_row(placed) if isinstance(op, Update) else "UPDATE" in merged_rows(placed))
            and not (placed.before.is_new(op.table) or is_version_table(op.table))
        ):
            yield at, placed
