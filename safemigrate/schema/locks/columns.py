"""What operations on columns lock, and the work they do."""

from __future__ import annotations

from safemigrate.schema import operations as o
from safemigrate.schema import renaming
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of
from safemigrate.schema.model import (
    Answer,
    Check,
    Exclusion,
    ForeignKey,
    Generation,
    PrimaryKey,
    Unique,
)
from safemigrate.schema.name import Name


@locks_of.register
def _(op: o.AddColumn, at: Place) -> Footprint:
    if op.if_not_exists and at.schema.has_column(op.table, op.column.name) is Answer.YES:
        return exclusive(op.table)
    family = exclusive(*at.family(op.table))
    keys = [c for c in op.constraints if isinstance(c, ForeignKey)]
    referenced = lock(LockMode.SHARE_ROW_EXCLUSIVE, *at.referenced(keys))
    return combined((family, referenced, Footprint(work=_adding(op, at))))


@locks_of.register(renaming.EndRename)
@locks_of.register(renaming.UndoRename)
def _(op: renaming.EndRename | renaming.UndoRename, at: Place) -> Footprint:
    return combined(tuple(locks_of(part, at) for part in op.parts))


def _adding(op: o.AddColumn, at: Place) -> Work:
    column = op.column
    if _fills(op, at):
        return Work.REWRITE
    if any(isinstance(c, Unique | PrimaryKey | Exclusion) for c in op.constraints):
        return Work.INDEX_BUILD
    checked = any(isinstance(c, Check) and c.enforced for c in op.constraints)
    virtual = column.generation is Generation.VIRTUAL and column.nullable is Answer.NO
    return Work.SCAN if checked or virtual or _validates_reference(op) or _unfilled(op) else Work.INSTANT


def _fills(op: o.AddColumn, at: Place) -> bool:
    """Whether every row gets a value of its own, or is checked by a domain, which both write the table anew."""
    column = op.column
    if column.generation is not None:
        return column.generation is not Generation.VIRTUAL
    default = column.default or at.domain_default(column.type)
    volatile = default is not None and at.volatility(default).rewrites
    return volatile or at.is_constrained(column.type)


def _unfilled(op: o.AddColumn) -> bool:
    """NOT NULL without a value: the table is searched for a row, which would be refused."""
    return op.column.nullable is Answer.NO and not op.column.has_default.possible


def _validates_reference(op: o.AddColumn) -> bool:
    """A new column that is NULL everywhere has nothing to validate."""
    keys = [c for c in op.constraints if isinstance(c, ForeignKey)]
    return any(key.enforced for key in keys) and op.column.has_default.possible


@locks_of.register
def _(op: o.DropColumn, at: Place) -> Footprint:
    family = at.family(op.table)
    sequences = at.sequences_of(op.table, op.column)
    keys = [c for c in at.keys(op.table) if op.column in c.columns]
    if not op.cascade:
        return exclusive(*family, *at.referenced(keys), sequences=sequences)
    referring = at.referencing_column(op.table, op.column)
    views = at.views_on(op.table, op.column)
    return exclusive(*family, *at.referenced(keys), *referring, *views, sequences=sequences)


@locks_of.register(o.RenameColumn)
@locks_of.register(o.SetDefault)
@locks_of.register(o.DropDefault)
@locks_of.register(o.DropNotNull)
@locks_of.register(o.AddIdentity)
@locks_of.register(o.DropExpression)
def _(op: o.RenameColumn, at: Place) -> Footprint:
    return exclusive(*at.family(op.table))


@locks_of.register
def _(op: o.SetNotNull, at: Place) -> Footprint:
    return exclusive(*at.family(op.table), work=making_not_null(op.table, op.column, at))


def making_not_null(table: Name, column: str, at: Place) -> Work:
    """A scan, unless the column is NOT NULL already or a valid check of the table says so."""
    proof = at.schema.not_null_check(table, column)
    # one that is not enforced, or holds for the parent alone, proves nothing
    holds = proof is not None and proof.valid and getattr(proof, "enforced", True)
    alone = bool(getattr(proof, "no_inherit", False)) and bool(at.below(table))
    named = at.schema.column(table, column)
    proven = (named.nullable is Answer.NO and proof is None) or (holds and not alone)
    return Work.INSTANT if proven else Work.SCAN


@locks_of.register
def _(op: o.ChangeIdentity, at: Place) -> Footprint:
    mode = LockMode.SHARE_ROW_EXCLUSIVE
    sequences = tuple(Lock(sequence, mode) for sequence in at.sequences_of(op.table, op.column))
    return combined((exclusive(*at.family(op.table)), Footprint(sequences=sequences)))


@locks_of.register
def _(op: o.DropIdentity, at: Place) -> Footprint:
    return exclusive(*at.family(op.table), sequences=at.sequences_of(op.table, op.column))


@locks_of.register
def _(op: o.SetExpression, at: Place) -> Footprint:
    column = at.schema.column(op.table, op.column)
    if column.generation is not Generation.VIRTUAL:
        return exclusive(*at.family(op.table), work=Work.REWRITE)
    table = at.table(op.table)
    checks = [c for c in (table.constraints.values() if table else ()) if isinstance(c, Check)]
    looked_at = column.nullable is Answer.NO or any(op.column in c.expression.columns for c in checks)
    return exclusive(*at.family(op.table), work=Work.SCAN if looked_at else Work.INSTANT)
