"""What operations on indexes lock, and the work they do."""

from __future__ import annotations

from safemigrate.schema import operations as o
from safemigrate.schema.constraints import part_of_index
from safemigrate.schema.leftovers import DropInvalidIndex
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of
from safemigrate.schema.name import Name

#: an index whose name PostgreSQL chose and nobody knows
UNNAMED = "?"


@locks_of.register
def _(op: o.CreateIndex, at: Place) -> Footprint:
    if op.concurrently:
        mode = LockMode.SHARE_UPDATE_EXCLUSIVE
        tables: tuple[Name, ...] = (op.table,)
    else:
        mode = LockMode.SHARE
        tables = (op.table,) if op.only else at.partitions(op.table)
    table = at.table(op.table)
    if op.if_not_exists and table is not None and op.index.name in table.indexes:
        return lock(mode, op.table)
    hollow = at.is_partitioned(op.table) and (op.only or _parts_have_it(op, at))
    return lock(mode, *tables, work=Work.INSTANT if hollow else Work.INDEX_BUILD)


def _parts_have_it(op: o.CreateIndex, at: Place) -> bool:
    """Whether each partition has such an index already, so that the parent's only takes them in."""
    parts = [at.table(name) for name in at.partitions_below(op.table)]
    # where none is known there may be others
    return bool(parts) and all(part is not None and part_of_index(part, op.index) is not None for part in parts)


@locks_of.register
def _(op: o.DropIndex, at: Place) -> Footprint:
    home = at.index_home(op.index)
    if home is None:
        return Footprint()
    if op.concurrently:
        return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, home)
    return exclusive(*at.partitions(home), *(_needing(home, op.index.name, at) if op.cascade else ()))


@locks_of.register
def _(op: DropInvalidIndex, at: Place) -> Footprint:
    # nothing, unless a build was interrupted
    return exclusive(op.table)


def _needing(name: Name, index: str, at: Place) -> tuple[Name, ...]:
    """The tables whose foreign keys need the index."""
    table = at.table(name)
    columns = table.indexes[index].columns if table else ()
    return tuple(n for column in columns for n in at.referencing_column(name, column))


@locks_of.register
def _(op: o.RenameIndex, at: Place) -> Footprint:
    return on_index(op.index, LockMode.SHARE_UPDATE_EXCLUSIVE, at)


def on_index(index: Name, mode: LockMode, at: Place, work: Work = Work.INSTANT) -> Footprint:
    """A lock on nothing but an index; on nothing where it is not known."""
    home = at.index_home(index)
    return Footprint((Lock(home, mode, index.name),), work) if home else Footprint(work=work)


@locks_of.register
def _(op: o.Reindex, at: Place) -> Footprint:
    match op.kind:
        case "INDEX":
            home = at.index_home(op.name)
            return _rebuilt(home, op, at, (op.name.name,)) if home else Footprint(work=Work.INDEX_BUILD)
        case "TABLE":
            return _rebuilt(op.name, op, at)
        case "SCHEMA":
            inside = [n for n in (*at.schema.tables, *at.schema.views) if n.schema == op.name.name]
        case _:
            inside = [*at.schema.tables, *at.schema.views]
    whole = (_rebuilt(name, op, at) for name in inside if at.indexes_of(name) or not at.known(name))
    return combined((Footprint(work=Work.INDEX_BUILD), *whole))


def _rebuilt(name: Name, op: o.Reindex, at: Place, only: tuple[str, ...] = ()) -> Footprint:
    """The locks on a table and its partitions, and on each index, which stops whoever plans a query of them."""
    partitions = at.partitions(name)
    if op.concurrently:
        # the list of partitions is made under the stronger lock, in a first, short transaction
        first = lock(LockMode.SHARE_UPDATE_EXCLUSIVE, name, work=Work.INDEX_BUILD)
        return combined((first, lock(LockMode.SHARE, *partitions[1:])))
    found = []
    for each in partitions:
        own = () if at.is_partitioned(each) else at.indexes_of(each)
        found += [Lock(each, LockMode.ACCESS_EXCLUSIVE, index or UNNAMED) for index in own if index in (only or own)]
    bare = not found and all(at.known(each) for each in partitions)
    work = Work.INSTANT if bare and not only else Work.INDEX_BUILD
    return combined((lock(LockMode.SHARE, *partitions, work=work), Footprint(tuple(found))))
