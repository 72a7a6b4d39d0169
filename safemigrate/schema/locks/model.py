"""The footprint of an operation: what each kind of operation says, for one major version or the worst of all."""

from __future__ import annotations

from safemigrate.schema.locks import columns, constraints, indexes, objects, partitions, retype, rows, storage, tables
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, combined
from safemigrate.schema.locks.place import Place, locks_of
from safemigrate.schema.name import Name
from safemigrate.schema.operations import Operation
from safemigrate.schema.schema import Schema

#: the major versions that are known, and those at which anything changed: between them all is alike
MAJORS = range(14, 19)
_TURNS = (14, 15, 18)

# each says what the operations of its theme lock; imported, they are asked through locks_of
THEMES = (columns, constraints, indexes, objects, partitions, retype, rows, storage, tables)


def footprint(op: Operation, before: Schema, *, postgres: int | None = None) -> Footprint:
    """The locks that *op* takes on *before* and the work it does, at server version *postgres*.

    None stands for the worst case over PostgreSQL 14 to 18. Table names come out resolved. Work on a table that
    the same revision made counts all the same; the rules decide whether it matters. Indexes and sequences made by
    the operation itself are not told, nor what happens to TOAST tables.
    """
    majors = _TURNS if postgres is None else (min(max(postgres, MAJORS[0]), MAJORS[-1]),)
    place = Place(before, majors[0])
    # most operations do the same at every version
    told = dict.fromkeys(locks_of(op, place.at(major)) for major in majors)
    return combined(_completed(found, place) for found in told)


def _completed(found: Footprint, at: Place) -> Footprint:
    """*found* with the whole names of what is locked, and with those who wait although they are not locked."""
    locks = tuple(Lock(at.resolve(lock.table), lock.mode, lock.index) for lock in found.locks)
    sequences = tuple(Lock(at.resolve(lock.table), lock.mode) for lock in found.sequences if lock.table.name)
    return Footprint(locks, found.work, sequences, waiting=_waiting(locks, at))


def _waiting(locks: tuple[Lock, ...], at: Place) -> frozenset[Name]:
    """The tables that are not locked themselves but whose writers look at one that is.

    A row that refers to another looks at its table (ROW SHARE), even where the key is NULL. A row of a partition
    looks at the parent for the bounds (ACCESS SHARE), unless the session knows them already. A row for a
    partition comes through the parent.
    """
    found: set[Name] = set()
    for lock in locks:
        if lock.mode >= LockMode.EXCLUSIVE and not lock.index:
            found |= {t for t, key in at.schema.referencing(lock.table) if key.enforced}
        if lock.mode.blocks_reads and not lock.index:
            found |= set(at.partitions_below(lock.table))
        if lock.mode.blocks_writes:
            found |= set(_above(lock.table, at))
    return frozenset(found)


def _above(table: Name, at: Place) -> tuple[Name, ...]:
    known = at.table(table)
    parent = known.partition_of if known else None
    return () if parent is None else (parent, *_above(parent, at))
