"""What operations on indexes lock, and the work they do."""

from __future__ import annotations

from safemigrate.schema import operations as o
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined
from safemigrate.schema.locks.partitions import alike
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of
from safemigrate.schema.model import PrimaryKey, Table, Unique
from safemigrate.schema.name import Name


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
    return all(
        part is not None and any(alike(op.index) == alike(index) and index.valid for index in part.indexes.values())
        for part in parts
    )


@locks_of.register
def _(op: o.DropIndex, at: Place) -> Footprint:
    table = at.schema.index_table(op.index)
    if table is None:
        return Footprint()
    if op.concurrently:
        return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, table.name)
    referring = _needing(table, op.index.name, at) if op.cascade else ()
    return exclusive(*at.partitions(table.name), *referring)


def _needing(table: Table, index: str, at: Place) -> tuple[Name, ...]:
    """The tables whose foreign keys need the index."""
    columns = table.indexes[index].columns
    return tuple(n for column in columns for n in at.referencing_column(table.name, column))


@locks_of.register
def _(op: o.RenameIndex, at: Place) -> Footprint:
    return _on_index(op.index, LockMode.SHARE_UPDATE_EXCLUSIVE, at)


def _on_index(index: Name, mode: LockMode, at: Place, work: Work = Work.INSTANT) -> Footprint:
    """A lock on nothing but an index; on nothing where it is not known."""
    table = at.schema.index_table(index)
    return Footprint((Lock(table.name, mode, index.name),), work) if table else Footprint(work=work)


def on_index(index: Name, mode: LockMode, at: Place, work: Work = Work.INSTANT) -> Footprint:
    """A lock on nothing but an index; on nothing where it is not known."""
    return _on_index(index, mode, at, work)


@locks_of.register
def _(op: o.Reindex, at: Place) -> Footprint:
    match op.kind:
        case "INDEX":
            table = at.schema.index_table(op.name)
            return _rebuilt(table.name, op, at, (op.name.name,)) if table else Footprint(work=Work.INDEX_BUILD)
        case "TABLE":
            return _rebuilt(op.name, op, at)
        case "SCHEMA":
            inside = [n for n in at.schema.tables if n.schema == op.name.name]
        case _:
            inside = list(at.schema.tables)
    return combined((Footprint(work=Work.INDEX_BUILD), *(_rebuilt(name, op, at) for name in inside)))


def _rebuilt(name: Name, op: o.Reindex, at: Place, only: tuple[str, ...] = ()) -> Footprint:
    """The locks on a table and its partitions, and on each index, which stops whoever plans a query of them."""
    partitions = at.partitions(name)
    if op.concurrently:
        # the list of partitions is made under the stronger lock, in a first, short transaction
        first = lock(LockMode.SHARE_UPDATE_EXCLUSIVE, name, work=Work.INDEX_BUILD)
        return combined((first, lock(LockMode.SHARE, *partitions[1:])))
    found = []
    for table in filter(None, map(at.table, partitions)):
        own = () if table.partitioned else _indexes(table)
        found += [Lock(table.name, LockMode.ACCESS_EXCLUSIVE, i) for i in own if i in (only or own)]
    bare = not found and all(at.known(each) for each in partitions)
    work = Work.INSTANT if bare and not only else Work.INDEX_BUILD
    return combined((lock(LockMode.SHARE, *partitions, work=work), Footprint(tuple(found))))


def _indexes(table: Table) -> tuple[str, ...]:
    """The names of a table's indexes, those of its keys among them."""
    keys = (name for name, c in table.constraints.items() if isinstance(c, PrimaryKey | Unique))
    return tuple(dict.fromkeys((*table.indexes, *keys)))
