"""recreate-table: see recreate_table.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site
from safemigrate.rulebook.net import given_name, named_here, successor
from safemigrate.schema import Answer, Name, Table
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import CreateTable, DropTable, Insert, MoveTable, RenameTable

BOTH = frozenset({Hazard.BREAKS_OLD, Hazard.LOSES_DATA})


def check(site: Site) -> Iterator[Hit]:
    """The rows of the old table stay behind: all of them, or those written while the others were copied."""
    op = _operation(site)
    table = site.before.table(op.table)
    new = successor(site)
    if new is None or site.is_new(op.table):
        return
    if op.if_exists and site.before.exists(op.table) is Answer.NO:
        return
    if named_here(site, op.table):
        yield Hit(frozenset({Hazard.LOSES_DATA}))
        return
    successor_table = new.after.table(given_name(new) or op.table)
    missing = _missing(table, successor_table)
    if missing:
        yield Hit(BOTH, message=f"The new {op.table} has no {' and no '.join(missing)}, which the old version names.")
    elif not _holds_rows(site, new):
        yield Hit(BOTH)
    elif new.statement.transaction != site.transaction or site.transaction is None:
        yield Hit(
            BOTH,
            message=f"Until the new {op.table} is there the old version has none, "
            "and what it wrote since the copy is lost.",
        )
    else:
        yield Hit(
            frozenset({Hazard.LOSES_DATA}),
            message=f"What is written to {op.table} between the copy and the drop is lost, "
            "and so are its grants, triggers and views.",
        )


def split(site: Site) -> Refusal | None:
    """A table under the same name cannot stand beside the old one."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return Refusal(
        f"The old and the new {op.table} cannot stand side by side under one name.",
        f"Change {op.table} with ALTER TABLE, or make the new table under a name of its own, fill it in the migrate "
        "phase and drop the old one a release later.",
    )


def _missing(old: Table | None, new: Table | None) -> tuple[str, ...]:
    if old is None or new is None or not (old.known and new.known):
        return ()
    return tuple(quoted(name) for name in old.columns if name not in new.columns)


def _holds_rows(site: Site, new: Placed) -> bool:
    """Whether the new table holds rows: it stood before the revision, or the revision copies some into it."""
    op, name = new.operation, given_name(new)
    assert isinstance(op, CreateTable | RenameTable | MoveTable)
    assert name is not None
    if not new.after.is_new(name):
        return True
    operations = site.run.operations
    made = next(i for i, placed in enumerate(operations) if placed is new)
    # until it takes the old name, it has one of its own
    own = new.before.resolve(op.table)
    filled_before = {_filled(placed) for placed in operations[:made]}
    return (own != name and own in filled_before) or name in map(_filled, operations[made:])


def _filled(placed: Placed) -> Name | None:
    """The table that the statement puts the rows of a query into, None if it does not."""
    op = placed.operation
    return placed.after.resolve(op.table) if isinstance(op, Insert | CreateTable) and op.selects else None


def _operation(site: Site) -> DropTable:
    assert isinstance(site.operation, DropTable)
    return site.operation
