"""drop-primary-key: see drop_primary_key.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.building import exchanged_back
from safemigrate.rulebook.keys import columns_go, dropped, drops, needed_by, stand_in
from safemigrate.rulebook.net import left
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Answer, PrimaryKey
from safemigrate.schema.name import quoted, quoted_all
from safemigrate.schema.operations import AddPrimaryKey, DropConstraint

BOTH = frozenset({Hazard.BREAKS_OLD, Hazard.BREAKS_REPLICATION})


def check(site: Site) -> Iterator[Hit]:
    """Upserts and foreign keys need the key's columns unique; subscribers need some key."""
    op = _operation(site)
    known = drops(site, PrimaryKey)
    if known is Answer.UNKNOWN:
        yield _without_key(site)
    if known is not Answer.YES:
        return
    table, key = site.before.table(op.table), dropped(site)
    assert table is not None
    assert isinstance(key, PrimaryKey)
    if columns_go(site, op.table, key.columns):
        # drop-column speaks of the statements that name it; without another key rows cannot be told apart
        if not _has_key(site):
            yield Hit(frozenset({Hazard.BREAKS_REPLICATION}))
        return
    index = table.indexes[op.name]
    needed = () if op.cascade else needed_by(site.before, op.table, index)
    if needed:
        child, foreign = needed[0]
        yield Hit(
            BOTH | {Hazard.FAILS},
            message=f"PostgreSQL refuses to drop the primary key of {op.table}: {quoted(foreign.name)} of {child} "
            "refers to it.",
        )
        return
    if not stand_in(site, op.table, index):
        yield _without_key(site)
    elif not _has_key(site):
        yield Hit(
            frozenset({Hazard.BREAKS_REPLICATION}),
            message=f"Where {op.table} is published, it takes no UPDATE or DELETE without a primary key.",
        )


def split(site: Site) -> Split | Refusal | None:
    """The same, when nobody upserts on the key any more."""
    op = _operation(site)
    hits = list(check(site))
    if not hits or Hazard.BREAKS_OLD not in hits[0].hazards:
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Drop that foreign key first, or point it at another unique key.")
    key = dropped(site)
    if isinstance(key, PrimaryKey) and _has_other(site):
        columns, swapped = quoted_all(key.columns), _swapped(site)
        if swapped is not None:
            made = site.run.operations[swapped].operation
            return Split(
                consumes=frozenset({site.position, swapped}),
                change=f"gives {op.table} another primary key",
                contract=((op, made),),
                contract_undo=exchanged_back(site.operations[0], made),
                deploy=f"the version that upserts on {columns} of {op.table} no more",
                proof=f"No running version upserts on {columns} of {op.table}, and no subscriber needs that key.",
            )
        return Refusal(
            f"{op.table} has one primary key at a time, and the old version may upsert on {columns}.",
            f"Build a unique index on {columns} concurrently before the swap, and drop it a release later.",
        )
    return put_off(
        site,
        f"drops the primary key of {op.table}",
        deploy=f"the version that does without the primary key of {op.table}: no ON CONFLICT on its columns",
        proof=f"No running version upserts on the primary key of {op.table}, and no subscriber needs it.",
    )


def _without_key(site: Site) -> Hit:
    if not _has_key(site):
        return Hit(BOTH)
    return Hit(
        frozenset({Hazard.BREAKS_OLD}),
        message=f"Every ON CONFLICT of the old version on the primary key that {_operation(site).table} had fails.",
    )


def _has_other(site: Site) -> bool:
    """Whether the table has another primary key at the end of the transaction."""
    table = left(site).table(_operation(site).table)
    return table is not None and bool(table.primary_key)


def _swapped(site: Site) -> int | None:
    """Where the revision makes the other key, if it does so on an index that is there."""
    op = _operation(site)
    return next(
        (
            position
            for position, placed in enumerate(site.run.operations)
            if position > site.position
            and isinstance(placed.operation, AddPrimaryKey)
            and placed.operation.constraint.index is not None
            and placed.before.same(placed.operation.table, op.table)
        ),
        None,
    )


def _has_key(site: Site) -> bool:
    """Whether subscribers can tell rows apart at the end of the transaction."""
    table = left(site).table(_operation(site).table)
    return table is not None and (bool(table.primary_key) or table.replica_identity not in ("DEFAULT", "NOTHING"))


def _operation(site: Site) -> DropConstraint:
    assert isinstance(site.operation, DropConstraint)
    return site.operation
