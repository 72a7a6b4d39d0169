"""What operations on whole tables lock."""

from __future__ import annotations

from safemigrate.schema import operations as o
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work
from safemigrate.schema.locks.partitions import beside_new_partition
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of, missing
from safemigrate.schema.model import Answer, ForeignKey
from safemigrate.schema.name import Name


@locks_of.register
def _(op: o.CreateTable, at: Place) -> Footprint:
    if op.if_not_exists and at.schema.exists(op.table) is Answer.YES:
        return Footprint()
    keys = [c for c in op.constraints if isinstance(c, ForeignKey) and c.referenced != op.table]
    locks = [Lock(table, LockMode.SHARE_ROW_EXCLUSIVE) for table in at.referenced(keys)]
    locks += [Lock(table, LockMode.SHARE_UPDATE_EXCLUSIVE) for table in op.parents]
    locks += [Lock(table, LockMode.ACCESS_SHARE) for table in (*op.like, *op.sources)]
    work = Work.ROWS if op.selects else Work.INSTANT
    if op.partition_of is None:
        return Footprint(tuple(locks), work)
    beside = beside_new_partition(op.partition_of, op.bound, at)
    locks.append(Lock(op.partition_of, LockMode.ACCESS_EXCLUSIVE))
    return Footprint((*locks, *beside.locks), beside.work)


@locks_of.register
def _(op: o.DropTable, at: Place) -> Footprint:
    if missing(at, op.table, if_exists=op.if_exists):
        return Footprint()
    return dropped(op.table, at)


def dropped(name: Name, at: Place) -> Footprint:
    """What dropping a table locks, with all that would go with it."""
    family = at.family(name)
    table = at.table(name)
    around = _around_partition(table.partition_of, at) if table and table.partition_of else ()
    views = [view for each in family for view in at.views_on(each)]
    sequences = [sequence for each in family for sequence in at.sequences_of(each)]
    referring = [other for each in family for other in at.referencing(each)]
    referred = at.referenced(key for each in family for key in at.own_keys(each))
    if at.postgres < 15:
        # the constraint goes with the table, and only the partitions that its triggers stand on are locked
        referred = tuple(n for n in referred if not at.is_partitioned(n))
    return exclusive(*family, *referred, *referring, *around, *views, sequences=sequences)


def _around_partition(parent: Name, at: Place) -> tuple[Name, ...]:
    default = at.default_partition(parent)
    return (parent, default) if default else (parent,)


@locks_of.register
def _(op: o.RenameTable, at: Place) -> Footprint:
    home = at.index_home(op.table) if at.table(op.table) is None else None
    if home is not None:
        # ALTER TABLE … RENAME TO of an index: unlike ALTER INDEX, it stops whoever plans a query
        return Footprint((Lock(home, LockMode.ACCESS_EXCLUSIVE, op.table.name),))
    if missing(at, op.table, if_exists=op.if_exists):
        return Footprint()
    return exclusive(op.table)


@locks_of.register
def _(op: o.MoveTable, at: Place) -> Footprint:
    if missing(at, op.table, if_exists=op.if_exists):
        return Footprint()
    return exclusive(op.table, sequences=at.sequences_of(op.table))


@locks_of.register
def _(op: o.SetInheritance, at: Place) -> Footprint:
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if op.inherits else LockMode.ACCESS_SHARE
    return Footprint((Lock(op.table, LockMode.ACCESS_EXCLUSIVE), Lock(op.parent, mode)))


@locks_of.register
def _(op: o.Truncate, at: Place) -> Footprint:
    # the statement is kept as text where ONLY stands in it
    tables = list(op.tables) if op.text else [n for table in op.tables for n in at.family(table)]
    if op.cascade:
        for table in tables:
            tables += [other for other in at.referencing(table) if at.resolve(other) not in map(at.resolve, tables)]
    sequences = [s for table in tables for s in at.sequences_of(table)] if op.restart_identity else []
    return exclusive(*tables, sequences=sequences)


@locks_of.register
def _(op: o.LockTable, at: Place) -> Footprint:
    mode = LockMode[op.mode.upper().replace(" ", "_")]
    named = [n for table in op.tables for n in (table, *at.read_by_view(table))]
    only = bool(getattr(op, "text", ""))
    return lock(mode, *named) if only else lock(mode, *(n for table in named for n in at.family(table)))
