"""What a change of a column's type locks, and the work it does."""

from __future__ import annotations

import re
from dataclasses import replace

from safemigrate.schema import operations as o
from safemigrate.schema.casts import kind, rewrites
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined, most
from safemigrate.schema.locks.place import Place, exclusive, locks_of
from safemigrate.schema.model import Check, Column, Generation, Index, Type

_CAST = re.compile(r'(?:CAST\s*\(\s*)?"?(\w+)"?(?:\s*(?:::|AS)\s*(.+?))?\s*\)?', re.IGNORECASE)
_TEXT = frozenset({"text", "character varying"})


@locks_of.register
def _(op: o.ChangeType, at: Place) -> Footprint:
    # foreign keys over the column are made anew, which locks the tables at both ends
    keys = [c for c in at.keys(op.table) if op.column in c.columns]
    referring = at.referencing_column(op.table, op.column)
    column = at.schema.column(op.table, op.column)
    # the sequence of an identity gets the type of its column
    numbered = column.generation in (Generation.IDENTITY_ALWAYS, Generation.IDENTITY_BY_DEFAULT)
    owned = at.sequences_of(op.table, op.column) if numbered else ()
    sequences = tuple(Lock(sequence, LockMode.SHARE_ROW_EXCLUSIVE) for sequence in owned)
    tables = (*at.family(op.table), *at.referenced(keys), *referring)
    return combined((exclusive(*tables, work=_retyping(op, column, at)), Footprint(sequences=sequences)))


def _retyping(op: o.ChangeType, column: Column, at: Place) -> Work:
    """What a change of type does to the rows: a rewrite, else what the indexes and checks over the column need."""
    old, new = at.base(column.type), at.base(op.type)
    if old is None or new is None or not _only_casts(op):
        return Work.REWRITE
    if not _same(column.type, op.type, at):
        if at.domain(column.type) is not None:
            # PostgreSQL does not ask a domain for its limit, and puts the new one on every value
            old = replace(old, arguments=())
        if at.is_constrained(op.type) or rewrites(old, new):
            return Work.REWRITE
    table = at.table(op.table)
    if table is None:
        return Work.INSTANT
    works = [Work.INDEX_BUILD for index in table.indexes.values() if _rebuilt(index, op, column, old, new)]
    checks = [c for c in table.constraints.values() if isinstance(c, Check) and c.valid and c.enforced]
    works += [Work.SCAN for check in checks if op.column in check.expression.columns]
    return most(works)


def _same(old: Type | None, new: Type, at: Place) -> bool:
    """Whether two domains are one."""
    domain = at.domain(old)
    alike = old is not None and old.dimensions == new.dimensions
    return domain is not None and alike and domain == at.domain(new)


def _only_casts(op: o.ChangeType) -> bool:
    """Whether the new value is the old one, cast to the new type at most."""
    if op.using is None:
        return True
    match = _CAST.fullmatch(op.using.text.strip().strip("()"))
    if match is None or match[1] != op.column:
        return False
    # another spelling of the type is taken for another type
    return match[2] is None or _squeezed(match[2]) == _squeezed(op.type.sql())


def _squeezed(type: str) -> str:
    return re.sub(r"\s+", "", type).lower().replace("varchar", "charactervarying")


def _rebuilt(index: Index, op: o.ChangeType, column: Column, old: Type, new: Type) -> bool:
    """Whether an index is built anew: one that compares the column otherwise now, or computes with it."""
    named = op.column in index.columns
    computed = any(op.column in re.findall(r"\w+", element) for element in index.elements if not _plain(element))
    where = index.where is not None and op.column in index.where.columns
    return where or (computed and not named) or (named and not _keeps_order(column, op, old, new))


def _plain(element: str) -> bool:
    """Whether an element of an index is a column, with its operators and order at most."""
    return "(" not in element


def _keeps_order(column: Column, op: o.ChangeType, old: Type, new: Type) -> bool:
    """Whether an index over the column serves its new type as it is."""
    names = {kind(old), kind(new)}
    alike = len(names) == 1 or names <= _TEXT or names == {"cidr", "inet"}
    return alike and _collation(column.collation) == _collation(op.collation)


def _collation(name: str | None) -> str | None:
    usual = name is None or name.strip('"').removeprefix("pg_catalog.").strip('"') == "default"
    return None if usual else name
