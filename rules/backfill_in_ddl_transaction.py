"""backfill-in-ddl-transaction: see backfill_in_ddl_transaction.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split
from safemigrate.rulebook.filling import fills_for_not_null
from safemigrate.schema import Answer, Lock, Name
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterObject,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    Delete,
    DropNotNull,
    Insert,
    Query,
    SetDefault,
    SetNotNull,
    SetParameter,
    TransactionControl,
    Update,
    ValidateConstraint,
)
from safemigrate.sql import read_expression

#: what leaves the locks of a transaction as they are; those from before a savepoint outlive the way back to it
_KEEP_LOCKS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK TO")
#: after these an UPDATE may wait: none of them takes away what it reads, or changes what it means.
#: Those that tighten wait for contract, which comes after migrate
STANDS_BEFORE = (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterObject,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropNotNull,
    Insert,
    Query,
    SetDefault,
    SetNotNull,
    SetParameter,
    Update,
    ValidateConstraint,
)


def check(site: Site) -> Iterator[Hit]:
    """What grows with the table runs while the transaction keeps others waiting."""
    for at, placed, lock in _backfills(site):
        reads = {Hazard.BLOCKS_READS} if lock.mode.blocks_reads else set()
        yield Hit(
            frozenset({Hazard.BLOCKS_WRITES} | reads),
            at=at,
            message=f"The {_verb(placed)} runs while the transaction holds {lock.mode} on {lock.table}, "
            f"so all {'reads and ' if reads else ''}writes of {lock.table} wait until it ends.",
        )


def split(site: Site) -> Split | Refusal | None:
    """The backfill in a phase of its own, after the transaction that made what it fills."""
    found = [placed for _, placed, _ in _backfills(site)]
    waiting = {i: p for i, p in enumerate(site.run.operations) if any(p is f for f in found)}
    waiting = {i: p for i, p in waiting.items() if not fills_for_not_null(site.run, i)}
    if not waiting:
        return None
    for placed in waiting.values():
        refusal = _refused(placed, site)
        if refusal is not None:
            return refusal
    updates = tuple(_guarded(placed) for placed in waiting.values())
    filled = ", ".join(dict.fromkeys(f"{op.table}.{quoted(name)}" for op in updates for name, _ in op.assignments))
    return Split(
        consumes=frozenset(waiting),
        change=f"fills {filled}",
        migrate=tuple((update,) for update in updates),
        proof=f"Every row of {', '.join(dict.fromkeys(str(op.table) for op in updates))} that the UPDATE is to reach "
        f"has its value in {filled}.",
    )


def _backfills(site: Site) -> Iterator[tuple[int, Placed, Lock]]:
    """Each statement whose work grows with a table, with the strongest lock that others feel meanwhile."""
    held: list[Lock] = []
    for at, placed in enumerate(site.operations):
        if isinstance(placed.operation, TransactionControl):
            held = held if placed.operation.kind in _KEEP_LOCKS else []
        if held and _grows(placed):
            yield at, placed, max(held, key=lambda lock: lock.mode)
        held += (
            lock
            for lock in site.footprint(placed).locks
            if lock.mode.blocks_writes and not placed.before.is_new(lock.table)
        )


def _grows(placed: Placed) -> bool:
    op = placed.operation
    if isinstance(op, Insert):
        # what it reads counts, not what it fills
        return op.selects and not _is_version_table(op.table)
    return isinstance(op, Update | Delete) and not (placed.before.is_new(op.table) or _is_version_table(op.table))


def _is_version_table(table: Name) -> bool:
    return table.name == "alembic_version"


def _verb(placed: Placed) -> str:
    match placed.operation:
        case Insert(table=table):
            return f"INSERT … SELECT into {table}"
        case Delete(table=table):
            return f"DELETE from {table}"
        case Update(table=table):
            return f"UPDATE of {table}"
        case _:
            raise AssertionError(placed)


def _refused(placed: Placed, site: Site) -> Refusal | None:
    remedy = 'Put it into a revision of its own with safemigrate_phase = "migrate", in batches that can be repeated.'
    op, what = placed.operation, _verb(placed)
    if not isinstance(op, Update):
        return Refusal(f"The {what} cannot be moved without knowing which rows it has done already.", remedy)
    if op.text or placed.statement.parameters or not op.assignments:
        return Refusal(f"The {what} needs more than its own rows and values to be written down again.", remedy)
    written = {name for name, _ in op.assignments}
    if any(written & expression.columns for _, expression in op.assignments):
        return Refusal(f"The {what} reads the column that it writes, so it must not run twice.", remedy)
    earlier = [p.operation for p in site.run.operations[: _position(site.run.operations, placed)]]
    obstacle = next((e for e in earlier if not isinstance(e, STANDS_BEFORE)), None)
    if obstacle is not None:
        return Refusal(f"The {what} may depend on what comes before it: {obstacle.sql()}.", remedy)
    return None


def _position(operations: Iterable[Placed], placed: Placed) -> int:
    return next(i for i, other in enumerate(operations) if other is placed)


def _guarded(placed: Placed) -> Update:
    """The UPDATE, held to rows that are still empty where the revision made its columns: by then versions write."""
    op, before = placed.operation, placed.before
    assert isinstance(op, Update)
    columns = [name for name, _ in op.assignments]
    if not all(
        before.is_new_column(op.table, c) and before.column(op.table, c).has_default is Answer.NO for c in columns
    ):
        return op
    parts = [f"{quoted(c)} IS NULL" for c in columns]
    if op.where is None:
        return replace(op, where=read_expression(" AND ".join(parts)))
    if all(c in op.where.text for c in parts):
        return op
    return replace(op, where=read_expression(" AND ".join([f"({op.where.text})", *parts])))
