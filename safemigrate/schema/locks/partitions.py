"""What operations on partitions lock."""

from __future__ import annotations

from safemigrate.schema import operations as o
from safemigrate.schema.constraints import alike
from safemigrate.schema.leftovers import FinishDetach
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined, most
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of
from safemigrate.schema.locks.proof import excluded_from_default, proven_bound
from safemigrate.schema.model import ForeignKey
from safemigrate.schema.name import Name


def beside_new_partition(parent: Name, bound: str, at: Place) -> Footprint:
    """What a new partition asks of others than itself and its parent.

    The default partition is searched for rows that belong into the new one; tables that the parent's foreign keys
    point at get triggers, and those that point at the parent get more constraints.
    """
    default = at.default_partition(parent)
    found = [lock(LockMode.SHARE_ROW_EXCLUSIVE, *at.referenced(at.keys(parent)))]
    if at.postgres >= 15:
        found.append(lock(LockMode.SHARE_ROW_EXCLUSIVE, *at.referencing(parent)))
    if default is not None:
        proven = excluded_from_default(at, parent, default, bound)
        found.append(exclusive(*at.family(default), work=Work.INSTANT if proven else Work.SCAN))
    return combined(found)


@locks_of.register
def _(op: o.AttachPartition, at: Place) -> Footprint:
    beside = beside_new_partition(op.table, op.bound, at)
    own = exclusive(*at.family(op.partition), work=_attaching(op, at))
    kept = exclusive(*at.referenced(_kept_keys(op, at)))
    parent = Footprint((Lock(op.table, LockMode.SHARE_UPDATE_EXCLUSIVE),))
    return combined((parent, own, kept, beside))


def _attaching(op: o.AttachPartition, at: Place) -> Work:
    """What is done to the rows of the partition itself."""
    works = []
    if not (op.is_default and not at.below(op.table)) and not proven_bound(at, op.table, op.partition, op.bound):
        works.append(Work.SCAN)
    if len(_kept_keys(op, at)) < len(at.keys(op.table)):
        works.append(Work.SCAN)
    if not _has_indexes_of(op.table, op.partition, at):
        works.append(Work.INDEX_BUILD)
    return most(works)


def _kept_keys(op: o.AttachPartition, at: Place) -> tuple[ForeignKey, ...]:
    """The foreign keys that the partition has like its parent, which are taken over as they are."""
    wanted = {(k.columns, at.resolve(k.referenced)) for k in at.keys(op.table)}
    return tuple(k for k in at.keys(op.partition) if k.valid and (k.columns, at.resolve(k.referenced)) in wanted)


def _has_indexes_of(parent: Name, partition: Name, at: Place) -> bool:
    """Whether the partition has every index of its parent; what is not known is not there."""
    table, part = at.table(parent), at.table(partition)
    own = {alike(index) for index in part.indexes.values() if index.valid} if part else set()
    return table is not None and {alike(index) for index in table.indexes.values()} <= own


@locks_of.register
def _(op: o.DetachPartition, at: Place) -> Footprint:
    referenced = lock(LockMode.SHARE_ROW_EXCLUSIVE, *at.referenced(at.keys(op.table)))
    partition = exclusive(op.partition)
    if op.concurrently or op.finalize:
        return combined((lock(LockMode.SHARE_UPDATE_EXCLUSIVE, op.table), partition, referenced))
    default = at.default_partition(op.table)
    # rows that others refer to must not leave
    referring = at.referencing(op.table)
    others = exclusive(*referring, work=Work.SCAN if referring else Work.INSTANT)
    parent = exclusive(op.table, *((default,) if default else ()))
    return combined((parent, partition, referenced, others))


@locks_of.register
def _(op: FinishDetach, at: Place) -> Footprint:
    # nothing, unless one was interrupted
    return locks_of(o.DetachPartition(op.table, op.partition, finalize=True), at)


@locks_of.register
def _(op: o.AttachIndex, at: Place) -> Footprint:
    whole, part = at.index_home(op.index), at.index_home(op.partition)
    locks = [Lock(whole, LockMode.SHARE_UPDATE_EXCLUSIVE, op.index.name)] if whole else []
    # whoever plans a query of the partition waits
    locks += [Lock(part, LockMode.ACCESS_EXCLUSIVE, op.partition.name)] if part else []
    return Footprint(tuple(locks))
