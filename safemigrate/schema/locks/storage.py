"""What operations on storage lock, and those that write a table anew."""

from __future__ import annotations

from safemigrate.schema import operations as o
from safemigrate.schema.locks.footprint import Footprint, LockMode, Work
from safemigrate.schema.locks.indexes import on_index
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of
from safemigrate.schema.name import Name

#: the access method of a table for which none is chosen
USUAL_METHOD = "heap"


@locks_of.register
def _(op: o.SetTablespace, at: Place) -> Footprint:
    if op.kind == "INDEX":
        return on_index(op.name, LockMode.ACCESS_EXCLUSIVE, at, Work.INDEX_BUILD)
    # a partitioned table only remembers it for partitions to come
    return exclusive(op.name, work=Work.INSTANT if at.is_partitioned(op.name) else Work.REWRITE)


@locks_of.register
def _(op: o.SetLogged, at: Place) -> Footprint:
    table = at.table(op.table)
    if table is not None and table.known and table.unlogged is not op.logged:
        return exclusive(op.table)
    sequences = at.sequences_of(op.table) if at.postgres >= 15 else ()
    return exclusive(op.table, work=Work.REWRITE, sequences=sequences)


@locks_of.register
def _(op: o.SetAccessMethod, at: Place) -> Footprint:
    return exclusive(op.table, work=Work.INSTANT if at.is_partitioned(op.table) else Work.REWRITE)


@locks_of.register
def _(op: o.Cluster, at: Place) -> Footprint:
    # without a name it is every table that was clustered before, which may be any
    tables = at.partitions(op.table) if op.table else _all(at)
    return exclusive(*tables, work=Work.REWRITE)


@locks_of.register
def _(op: o.Vacuum, at: Place) -> Footprint:
    tables = _named(op.tables, at)
    if op.full:
        return exclusive(*tables, work=Work.REWRITE)
    return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, *tables, work=Work.SCAN)


@locks_of.register
def _(op: o.Analyze, at: Place) -> Footprint:
    return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, *_named(op.tables, at), work=Work.ROWS)


def _named(tables: tuple[Name, ...], at: Place) -> tuple[Name, ...]:
    return tuple(n for table in tables for n in at.partitions(table)) if tables else _all(at)


def _all(at: Place) -> tuple[Name, ...]:
    return tuple(at.schema.tables)


@locks_of.register
def _(op: o.SetReplicaIdentity, at: Place) -> Footprint:
    return exclusive(op.table)


@locks_of.register
def _(op: o.RefreshView, at: Place) -> Footprint:
    if op.concurrently:
        return lock(LockMode.EXCLUSIVE, op.view, work=Work.ROWS)
    return exclusive(op.view, work=Work.REWRITE if op.with_data else Work.INSTANT)
