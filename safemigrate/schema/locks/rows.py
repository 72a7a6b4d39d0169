"""What statements on rows lock."""

from __future__ import annotations

from safemigrate.schema import operations as o
from safemigrate.schema import sync
from safemigrate.schema.locks.footprint import Footprint, LockMode, Work
from safemigrate.schema.locks.place import Place, lock, locks_of


@locks_of.register(o.Insert)
@locks_of.register(o.Update)
@locks_of.register(o.Delete)
@locks_of.register(o.Merge)
def _(op: o.Insert, at: Place) -> Footprint:
    return lock(LockMode.ROW_EXCLUSIVE, op.table, work=Work.ROWS)


@locks_of.register
def _(op: o.Copy, at: Place) -> Footprint:
    mode = LockMode.ROW_EXCLUSIVE if op.writes else LockMode.ACCESS_SHARE
    return lock(mode, *((op.table,) if op.table else ()), work=Work.ROWS)


@locks_of.register
def _(op: o.Query, at: Place) -> Footprint:
    return lock(LockMode.ACCESS_SHARE, *op.tables, work=Work.ROWS)


@locks_of.register
def _(op: sync.Guard, at: Place) -> Footprint:
    return lock(LockMode.ACCESS_SHARE, *op.tables)


@locks_of.register
def _(op: o.Unreadable, at: Place) -> Footprint:
    return Footprint(work=Work.UNKNOWN)
