"""What operations on constraints lock, and the work they do."""

from __future__ import annotations

import re

from safemigrate.schema import operations as o
from safemigrate.schema.constraints import part_of_key
from safemigrate.schema.locks.columns import making_not_null
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of
from safemigrate.schema.model import Check, Constraint, ForeignKey, NotNullConstraint, PrimaryKey, Unique
from safemigrate.schema.name import Name


def _reached(op: o.AddConstraint, at: Place) -> tuple[Name, ...]:
    return (op.table,) if op.only else at.family(op.table)


def _constraint(at: Place, table: Name, name: str) -> Constraint | None:
    known = at.table(table)
    return known.constraints.get(name) if known else None


# -- adding ----------------------------------------------------------------------------------------------------


@locks_of.register
def _(op: o.AddCheck, at: Place) -> Footprint:
    check = op.constraint
    tables = _reached(op, at)
    if check.no_inherit and at.postgres < 18 and not at.is_partitioned(op.table):
        tables = (op.table,)
    return exclusive(*tables, work=Work.SCAN if check.valid and check.enforced else Work.INSTANT)


@locks_of.register
def _(op: o.AddNotNull, at: Place) -> Footprint:
    scans = op.constraint.valid and making_not_null(op.table, op.constraint.column, at) is Work.SCAN
    return exclusive(*_reached(op, at), work=Work.SCAN if scans else Work.INSTANT)


@locks_of.register(o.AddUnique)
@locks_of.register(o.AddPrimaryKey)
@locks_of.register(o.AddExclusion)
def _(op: o.AddUnique, at: Place) -> Footprint:
    if getattr(op.constraint, "index", None) is not None:
        return exclusive(op.table, work=_using_index(op, at))
    hollow = at.is_partitioned(op.table) and (op.only or _parts_have_it(op, at))
    work = Work.INSTANT if hollow else Work.INDEX_BUILD
    return combined((exclusive(op.table, work=work), _below(op, at)))


def _parts_have_it(op: o.AddConstraint, at: Place) -> bool:
    """Whether each partition has such a key already, so that the parent's only takes them in."""
    parts = [at.table(name) for name in at.partitions_below(op.table)]
    # where none is known there may be others
    return bool(parts) and all(part is not None and part_of_key(part, op.constraint) is not None for part in parts)


def _below(op: o.AddConstraint, at: Place) -> Footprint:
    """The locks on the partitions or children of a table that gets a key. Source: the matrix of the tests."""
    below = _reached(op, at)[1:]
    primary = isinstance(op.constraint, PrimaryKey)
    if not at.is_partitioned(op.table):
        # children that merely inherit get no index, but the NOT NULL of a primary key
        return exclusive(*below) if primary or at.postgres >= 18 else Footprint()
    # before 18 a nullable column of a new primary key was altered in each, beforehand
    nullable = isinstance(op.constraint, PrimaryKey) and any(
        making_not_null(op.table, column, at) is Work.SCAN for column in op.constraint.columns
    )
    return lock(LockMode.ACCESS_EXCLUSIVE if at.postgres >= 18 or nullable else LockMode.SHARE, *below)


def _using_index(op: o.AddUnique | o.AddPrimaryKey | o.AddExclusion, at: Place) -> Work:
    """A primary key over nullable columns scans the table, as SET NOT NULL does."""
    if not isinstance(op, o.AddPrimaryKey):
        return Work.INSTANT
    table = at.table(op.table)
    index = table.indexes.get(op.constraint.index or "") if table else None
    if index is None:
        return Work.SCAN
    scans = any(making_not_null(op.table, column, at) is Work.SCAN for column in index.columns)
    return Work.SCAN if scans else Work.INSTANT


@locks_of.register
def _(op: o.AddForeignKey, at: Place) -> Footprint:
    key = op.constraint
    # children that merely inherit get no key; since 18 they are locked all the same
    own = _reached(op, at) if at.postgres >= 18 or at.is_partitioned(op.table) else (op.table,)
    both = (*own, *at.referenced((key,)))
    proven = at.is_partitioned(op.table) and _parts_have_it(op, at)
    scans = key.valid and key.enforced and not proven
    return lock(LockMode.SHARE_ROW_EXCLUSIVE, *both, work=Work.SCAN if scans else Work.INSTANT)


# -- what is there ---------------------------------------------------------------------------------------------


@locks_of.register
def _(op: o.ValidateConstraint, at: Place) -> Footprint:
    constraint = _constraint(at, op.table, op.name)
    proven = constraint is not None and getattr(constraint, "valid", False)
    if proven:
        return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, op.table)
    if not isinstance(constraint, ForeignKey):
        return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, *at.family(op.table), work=Work.SCAN)
    own = lock(LockMode.SHARE_UPDATE_EXCLUSIVE, *at.partitions(op.table), work=Work.SCAN)
    same = at.resolve(constraint.referenced) == at.resolve(op.table)
    return combined((own, Footprint() if same else lock(LockMode.ROW_SHARE, constraint.referenced)))


@locks_of.register
def _(op: o.DropConstraint, at: Place) -> Footprint:
    constraint = _constraint(at, op.table, op.name)
    family = at.family(op.table)
    if isinstance(constraint, ForeignKey):
        return exclusive(*family, *at.referenced((constraint,)))
    if op.cascade and isinstance(constraint, Unique | PrimaryKey):
        referring = [n for column in constraint.columns for n in at.referencing_column(op.table, column)]
        return exclusive(*family, *referring)
    return exclusive(*family)


@locks_of.register
def _(op: o.RenameConstraint, at: Place) -> Footprint:
    constraint = _constraint(at, op.table, op.name)
    inherited = constraint is None or isinstance(constraint, Check | NotNullConstraint)
    return exclusive(*(at.family(op.table) if inherited else (op.table,)))


@locks_of.register
def _(op: o.ChangeConstraint, at: Place) -> Footprint:
    constraint = _constraint(at, op.table, op.name)
    own = exclusive(*at.family(op.table))
    enforced = re.search(r"\b(NOT\s+)?ENFORCED\b", op.options, re.IGNORECASE)
    if enforced is None or not isinstance(constraint, ForeignKey):
        return own
    # its triggers go, or come back behind a look at every row
    if enforced[1]:
        return combined((own, exclusive(*at.referenced((constraint,)))))
    referenced = (Lock(n, LockMode.SHARE_ROW_EXCLUSIVE) for n in at.referenced((constraint,)))
    return combined((own, Footprint(tuple(referenced), Work.SCAN)))
