"""Which locks an operation takes, on which tables, and what work it does under them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import singledispatch

from safemigrate.schema import operations as o
from safemigrate.schema import sync
from safemigrate.schema.casts import rewrites
from safemigrate.schema.model import (
    Answer,
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Generation,
    PrimaryKey,
    Unique,
)
from safemigrate.schema.name import Name
from safemigrate.schema.schema import Schema


class LockMode(enum.IntEnum):
    """The table-level lock modes in order of strength. Source: PostgreSQL 15 manual, 13.3.1."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def blocks_reads(self) -> bool:
        """Whether a SELECT has to wait."""
        return self is LockMode.ACCESS_EXCLUSIVE

    @property
    def blocks_writes(self) -> bool:
        """Whether an INSERT, UPDATE or DELETE has to wait."""
        return self >= LockMode.SHARE

    def __str__(self) -> str:
        return self.name.replace("_", " ")


class Work(enum.StrEnum):
    """What an operation does while it holds its locks. All but instant grow with the table."""

    INSTANT = "instant"
    ROWS = "rows"
    SCAN = "scan"
    INDEX_BUILD = "index build"
    REWRITE = "rewrite"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Lock:
    table: Name
    mode: LockMode


@dataclass(frozen=True, slots=True)
class Footprint:
    """The locks of an operation and its work. *locks* are held to the end of the transaction."""

    locks: tuple[Lock, ...] = ()
    work: Work = Work.INSTANT

    def strongest(self, table: Name) -> LockMode | None:
        """The strongest lock on *table*, whose name must be resolved."""
        return max((lock.mode for lock in self.locks if lock.table == table), default=None)


def footprint(op: o.Operation, before: Schema, *, postgres: int | None = None) -> Footprint:
    """The locks that *op* takes on *before* and the work it does, at server version *postgres*.

    None stands for the worst case over PostgreSQL 14 to 18. Table names come out resolved. Work on a table that
    the same revision made counts all the same; the rules decide whether it matters.
    """
    found = _footprint(op, before)
    locks = [Lock(before.resolve(lock.table), lock.mode) for lock in found.locks]
    if _reaches_partitions(op):
        locks += [Lock(child, lock.mode) for lock in locks for child in before.partitions(lock.table)]
    return Footprint(tuple(dict.fromkeys(locks)), found.work)


def _reaches_partitions(op: o.Operation) -> bool:
    """Whether the operation locks the partitions of a table together with it."""
    if isinstance(op, o.RenameTable | o.MoveTable | o.CreateTable | o.AlterObject | o.Insert):
        return False
    return not getattr(op, "only", False)


@singledispatch
def _footprint(op: o.Operation, before: Schema) -> Footprint:
    return Footprint()


def _exclusive(*tables: Name, work: Work = Work.INSTANT) -> Footprint:
    return Footprint(tuple(Lock(table, LockMode.ACCESS_EXCLUSIVE) for table in tables), work)


@_footprint.register
def _(op: o.Unreadable, before: Schema) -> Footprint:
    return Footprint(work=Work.UNKNOWN)


@_footprint.register
def _(op: o.CreateTable, before: Schema) -> Footprint:
    referenced = [c.referenced for c in op.constraints if isinstance(c, ForeignKey) and c.referenced != op.table]
    locks = [Lock(table, LockMode.SHARE_ROW_EXCLUSIVE) for table in dict.fromkeys(referenced)]
    if op.partition_of is not None:
        locks.append(Lock(op.partition_of, LockMode.ACCESS_EXCLUSIVE))
    return Footprint(tuple(locks))


@_footprint.register
def _(op: o.DropTable, before: Schema) -> Footprint:
    table = before.table(op.table)
    keys = [c.referenced for c in (table.constraints.values() if table else ()) if isinstance(c, ForeignKey)]
    children = [name for name, _ in before.referencing(op.table)]
    parent = [table.partition_of] if table and table.partition_of else []
    return _exclusive(*dict.fromkeys([op.table, *keys, *children, *parent]))


@_footprint.register(o.RenameTable)
@_footprint.register(o.MoveTable)
@_footprint.register(o.RenameColumn)
@_footprint.register(o.DropNotNull)
@_footprint.register(o.SetDefault)
@_footprint.register(o.DropDefault)
@_footprint.register(o.AddIdentity)
@_footprint.register(o.ChangeIdentity)
@_footprint.register(o.DropIdentity)
@_footprint.register(o.RenameConstraint)
def _(op: o.DropNotNull, before: Schema) -> Footprint:
    return _exclusive(op.table)


@_footprint.register
def _(op: o.DropColumn, before: Schema) -> Footprint:
    referring = _referring(op.table, op.column, before) if op.cascade else ()
    return _exclusive(*dict.fromkeys([op.table, *_referred(op.table, op.column, before), *referring]))


def _referred(table: Name, column: str, before: Schema) -> tuple[Name, ...]:
    """The tables that the foreign keys over a column point at."""
    return tuple(c.referenced for c in before.keys_on(table, column) if isinstance(c, ForeignKey))


def _referring(table: Name, column: str, before: Schema) -> tuple[Name, ...]:
    """The tables whose foreign keys point at a column."""
    known = before.table(table)
    key = known.primary_key if known else ()
    return tuple(name for name, c in before.referencing(table) if column in (c.referenced_columns or key))


@_footprint.register
def _(op: o.AddColumn, before: Schema) -> Footprint:
    column = op.column
    if op.if_not_exists and before.has_column(op.table, column.name) is Answer.YES:
        return _exclusive(op.table)
    volatile = column.default is not None and column.default.volatility.rewrites
    if (
        volatile
        or before.is_constrained(column.type)
        or (column.generation is not None and column.generation is not Generation.VIRTUAL)
    ):
        work = Work.REWRITE
    elif any(isinstance(c, Unique | PrimaryKey | Exclusion) for c in op.constraints):
        work = Work.INDEX_BUILD
    elif any(isinstance(c, Check) for c in op.constraints) or _validates_reference(op) or _unfilled(op):
        work = Work.SCAN
    else:
        work = Work.INSTANT
    referenced = [
        Lock(c.referenced, LockMode.SHARE_ROW_EXCLUSIVE) for c in op.constraints if isinstance(c, ForeignKey)
    ]
    return Footprint((Lock(op.table, LockMode.ACCESS_EXCLUSIVE), *referenced), work)


def _unfilled(op: o.AddColumn) -> bool:
    """NOT NULL without a value: the table is searched for a row, which would be refused."""
    return op.column.nullable is Answer.NO and not op.column.has_default.possible


def _validates_reference(op: o.AddColumn) -> bool:
    """A new column that is NULL everywhere has nothing to validate."""
    return any(isinstance(c, ForeignKey) for c in op.constraints) and op.column.has_default.possible


@_footprint.register
def _(op: o.ChangeType, before: Schema) -> Footprint:
    # foreign keys over the column are made anew, which locks both their tables
    keys = (*_referred(op.table, op.column, before), *_referring(op.table, op.column, before))
    return _exclusive(*dict.fromkeys([op.table, *keys]), work=_retyping(op, before))


def _retyping(op: o.ChangeType, before: Schema) -> Work:
    """What a change of type does to the rows: a rewrite, else what the indexes and checks over the column need."""
    column = before.column(op.table, op.column)
    if op.using is not None or column.type is None or rewrites(column.type, op.type):
        return Work.REWRITE
    if before.indexes_on(op.table, op.column) and not _keeps_order(column, op):
        return Work.INDEX_BUILD
    table = before.table(op.table)
    checks = [c for c in (table.constraints.values() if table else ()) if isinstance(c, Check)]
    return Work.SCAN if any(op.column in c.expression.columns for c in checks) else Work.INSTANT


def _keeps_order(column: Column, op: o.ChangeType) -> bool:
    """Whether an index over the column serves its new type as it is."""
    assert column.type is not None
    names = {column.type.name, op.type.name}
    alike = len(names) == 1 or names <= {"text", "character varying"} or names == {"cidr", "inet"}
    return alike and column.collation == op.collation


@_footprint.register
def _(op: o.SetNotNull, before: Schema) -> Footprint:
    proof = before.not_null_check(op.table, op.column)
    proven = before.column(op.table, op.column).nullable is Answer.NO or (proof is not None and proof.valid)
    return _exclusive(op.table, work=Work.INSTANT if proven else Work.SCAN)


@_footprint.register(o.AddCheck)
@_footprint.register(o.AddNotNull)
def _(op: o.AddCheck, before: Schema) -> Footprint:
    return _exclusive(op.table, work=Work.SCAN if op.constraint.valid else Work.INSTANT)


@_footprint.register(o.AddUnique)
@_footprint.register(o.AddPrimaryKey)
def _(op: o.AddUnique, before: Schema) -> Footprint:
    return _exclusive(op.table, work=Work.INDEX_BUILD if op.constraint.index is None else _using_index(op, before))


def _using_index(op: o.AddUnique | o.AddPrimaryKey, before: Schema) -> Work:
    """A primary key over nullable columns scans the table, as SET NOT NULL does."""
    if isinstance(op, o.AddUnique):
        return Work.INSTANT
    table = before.table(op.table)
    index = table.indexes.get(op.constraint.index or "") if table else None
    if index is None:
        return Work.SCAN
    scans = any(_footprint(o.SetNotNull(op.table, c), before).work is Work.SCAN for c in index.columns)
    return Work.SCAN if scans else Work.INSTANT


@_footprint.register
def _(op: o.AddExclusion, before: Schema) -> Footprint:
    return _exclusive(op.table, work=Work.INDEX_BUILD)


@_footprint.register
def _(op: o.AddForeignKey, before: Schema) -> Footprint:
    both = dict.fromkeys([op.table, op.constraint.referenced])
    locks = tuple(Lock(table, LockMode.SHARE_ROW_EXCLUSIVE) for table in both)
    return Footprint(locks, Work.SCAN if op.constraint.valid else Work.INSTANT)


@_footprint.register
def _(op: o.ValidateConstraint, before: Schema) -> Footprint:
    table = before.table(op.table)
    constraint = table.constraints.get(op.name) if table else None
    locks = [Lock(op.table, LockMode.SHARE_UPDATE_EXCLUSIVE)]
    if isinstance(constraint, ForeignKey):
        locks.append(Lock(constraint.referenced, LockMode.ROW_SHARE))
    proven = constraint is not None and getattr(constraint, "valid", False)
    return Footprint(tuple(locks), Work.INSTANT if proven else Work.SCAN)


@_footprint.register
def _(op: o.DropConstraint, before: Schema) -> Footprint:
    table = before.table(op.table)
    constraint = table.constraints.get(op.name) if table else None
    if isinstance(constraint, ForeignKey):
        return _exclusive(*dict.fromkeys([op.table, constraint.referenced]))
    if op.cascade and isinstance(constraint, Unique | PrimaryKey):
        return _exclusive(*dict.fromkeys([op.table, *_referring(op.table, constraint.columns[0], before)]))
    return _exclusive(op.table)


@_footprint.register
def _(op: o.CreateIndex, before: Schema) -> Footprint:
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if op.concurrently else LockMode.SHARE
    table = before.table(op.table)
    hollow = op.only and table is not None and table.partitioned
    there = op.if_not_exists and table is not None and op.index.name in table.indexes
    return Footprint((Lock(op.table, mode),), Work.INSTANT if hollow or there else Work.INDEX_BUILD)


@_footprint.register
def _(op: o.DropIndex, before: Schema) -> Footprint:
    table = before.index_table(op.index)
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if op.concurrently else LockMode.ACCESS_EXCLUSIVE
    return Footprint((Lock(table.name, mode),) if table else ())


@_footprint.register
def _(op: o.RenameIndex, before: Schema) -> Footprint:
    # the lock is on the index itself: SHARE UPDATE EXCLUSIVE since PostgreSQL 12
    return Footprint()


@_footprint.register
def _(op: o.CreateObject, before: Schema) -> Footprint:
    if op.kind == "TRIGGER" and op.table is not None:
        return Footprint((Lock(op.table, LockMode.SHARE_ROW_EXCLUSIVE),))
    if op.kind in ("POLICY", "RULE") and op.table is not None:
        return _exclusive(op.table)
    # CREATE TABLE AS and materialized views run their query; plain objects are instant
    return Footprint(work=Work.ROWS if op.kind == "MATERIALIZED VIEW" else Work.INSTANT)


@_footprint.register
def _(op: sync.CreateSyncTrigger, before: Schema) -> Footprint:
    return Footprint((Lock(op.table, LockMode.SHARE_ROW_EXCLUSIVE),))


@_footprint.register
def _(op: o.DropObject, before: Schema) -> Footprint:
    return _exclusive(op.table) if op.table is not None else Footprint()


@_footprint.register
def _(op: o.AlterObject, before: Schema) -> Footprint:
    if op.table is None:
        return Footprint()
    mild = op.kind in ("COMMENT", "SET STATISTICS", "SET STORAGE PARAMETERS")
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if mild else LockMode.ACCESS_EXCLUSIVE
    return Footprint((Lock(op.table, mode),))


@_footprint.register(o.Insert)
@_footprint.register(o.Update)
@_footprint.register(o.Delete)
def _(op: o.Insert, before: Schema) -> Footprint:
    return Footprint((Lock(op.table, LockMode.ROW_EXCLUSIVE),), Work.ROWS)


@_footprint.register
def _(op: o.Truncate, before: Schema) -> Footprint:
    children = [name for table in op.tables for name, _ in before.referencing(table)] if op.cascade else []
    return _exclusive(*dict.fromkeys([*op.tables, *children]))


@_footprint.register
def _(op: o.Query, before: Schema) -> Footprint:
    return Footprint(tuple(Lock(table, LockMode.ACCESS_SHARE) for table in op.tables), Work.ROWS)


@_footprint.register
def _(op: sync.Guard, before: Schema) -> Footprint:
    return Footprint(tuple(Lock(table, LockMode.ACCESS_SHARE) for table in op.tables))


@_footprint.register
def _(op: o.LockTable, before: Schema) -> Footprint:
    mode = LockMode[op.mode.upper().replace(" ", "_")]
    return Footprint(tuple(Lock(table, mode) for table in op.tables))
