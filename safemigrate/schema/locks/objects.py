"""What operations on views, triggers, types, domains, sequences, publications and the rest lock."""

from __future__ import annotations

import re

from safemigrate.schema import conversion, sync
from safemigrate.schema import operations as o
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined
from safemigrate.schema.locks.indexes import on_index
from safemigrate.schema.locks.place import Place, exclusive, lock, locks_of
from safemigrate.schema.locks.tables import dropped
from safemigrate.schema.model import Type
from safemigrate.schema.name import Name

_VIEWS = ("VIEW", "MATERIALIZED VIEW")
#: what of AlterObject takes SHARE UPDATE EXCLUSIVE; SET COMPRESSION, SET STORAGE, OWNER TO … take everything
_MILD = ("COMMENT", "SET STATISTICS", "SET STORAGE PARAMETERS", "CLUSTER ON", "SET WITHOUT CLUSTER")
#: storage parameters that change how rows are found; the others can wait for the next vacuum
_STRONG = re.compile(
    r"\b(user_catalog_table|fastupdate|gin_pending_list_limit|buffering|pages_per_range|autosummarize"
    r"|security_barrier|security_invoker|check_option)\b",
    re.IGNORECASE,
)
_OWNED_BY = re.compile(r"\bOWNED\s+BY\s+(?!NONE\b)", re.IGNORECASE)


# -- made ------------------------------------------------------------------------------------------------------


@locks_of.register
def _(op: o.CreateObject, at: Place) -> Footprint:
    if op.kind == "STATISTICS" and op.table is not None:
        return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, op.table)
    if op.kind == "TRIGGER" and op.table is not None:
        return lock(LockMode.SHARE_ROW_EXCLUSIVE, *at.partitions(op.table))
    if op.kind in ("POLICY", "RULE") and op.table is not None:
        return exclusive(op.table)
    if op.kind in _VIEWS and op.or_replace and at.is_view(op.name):
        return exclusive(op.name)
    return Footprint(work=Work.ROWS if op.kind == "MATERIALIZED VIEW" else Work.INSTANT)


@locks_of.register
def _(op: o.CreateTrigger, at: Place) -> Footprint:
    if op.table is None:
        return Footprint()
    tables = at.partitions(op.table) if op.each_row else (op.table,)
    return lock(LockMode.SHARE_ROW_EXCLUSIVE, *tables)


@locks_of.register(sync.CreateSyncTrigger)
@locks_of.register(conversion.CreateConversionTrigger)
def _(op: sync.CreateSyncTrigger | conversion.CreateConversionTrigger, at: Place) -> Footprint:
    return lock(LockMode.SHARE_ROW_EXCLUSIVE, *at.partitions(op.table))


@locks_of.register
def _(op: o.CreatePublication, at: Place) -> Footprint:
    return _published(op.tables, at)


@locks_of.register
def _(op: o.ChangePublication, at: Place) -> Footprint:
    publication = at.schema.publications.get(op.name.name)
    # SET takes away what it does not name
    left = publication.tables if publication and op.action == "SET" and op.tables else ()
    return _published((*op.tables, *left), at)


def _published(tables: tuple[Name, ...], at: Place) -> Footprint:
    """Tables that inherit are named with their parent; partitions are not."""
    named = [n for table in tables for n in ((table,) if at.is_partitioned(table) else at.family(table))]
    return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, *named)


# -- dropped ---------------------------------------------------------------------------------------------------


@locks_of.register
def _(op: o.DropObject, at: Place) -> Footprint:
    if op.table is not None:
        table = at.table(op.table)
        gone = op.kind == "TRIGGER" and table is not None and table.known and op.name.name not in table.triggers
        if op.if_exists and gone:
            return Footprint()
        return exclusive(*(at.partitions(op.table) if op.kind == "TRIGGER" else (op.table,)))
    match op.kind:
        case "VIEW" | "MATERIALIZED VIEW":
            there = at.is_view(op.name) or not op.if_exists
            return exclusive(op.name, *at.views_on(op.name)) if there else Footprint()
        case "SEQUENCE":
            defaults = _calling(op.name, at) if op.cascade else ()
            return exclusive(*defaults, sequences=(op.name,))
        case "FUNCTION" | "PROCEDURE" | "ROUTINE" | "AGGREGATE":
            return exclusive(*(_calling(op.name, at) if op.cascade else ()))
        case "TYPE" | "DOMAIN":
            return exclusive(*(at.with_type(op.name) if op.cascade else ()))
        case "EXTENSION":
            return exclusive(*(_of_extension(op.name, at) if op.cascade else ()))
        case "SCHEMA":
            inside = [n for n in at.schema.tables if n.schema == op.name.name]
            return combined(dropped(name, at) for name in inside)
        case "OWNED BY":
            # who owns what is not followed
            return Footprint(work=Work.UNKNOWN)
        case _:
            return Footprint()


def _calling(name: Name, at: Place) -> tuple[Name, ...]:
    """The tables whose defaults, checks or triggers may call a function or draw from a sequence."""
    word = re.compile(rf"\b{re.escape(name.name)}\b")
    found = []
    for table in at.schema.tables.values():
        defaults = (column.default.text for column in table.columns.values() if column.default)
        called = {trigger.function.name for trigger in table.triggers.values() if trigger.function}
        if any(word.search(text) for text in defaults) or name.name in called:
            found.append(table.name)
    return tuple(found)


def _of_extension(name: Name, at: Place) -> tuple[Name, ...]:
    """The tables with a column of the type that an extension is named for: citext, hstore, ltree, vector …"""
    return tuple(
        table.name
        for table in at.schema.tables.values()
        if any(_named(column.type, name.name) for column in table.columns.values())
    )


def _named(type: Type | None, name: str) -> bool:
    return type is not None and type.name == name


# -- changed ---------------------------------------------------------------------------------------------------


@locks_of.register
def _(op: o.RenameObject, at: Place) -> Footprint:
    if op.table is not None:
        # before 15 the triggers of partitions kept their names
        cloned = op.kind == "TRIGGER" and at.postgres >= 15
        return exclusive(*(at.partitions(op.table) if cloned else (op.table,)))
    return _renamed(op.kind, op.name)


@locks_of.register
def _(op: o.MoveObject, at: Place) -> Footprint:
    return _renamed(op.kind, op.name)


def _renamed(kind: str, name: Name) -> Footprint:
    if kind in _VIEWS:
        return exclusive(name)
    return exclusive(sequences=(name,)) if kind == "SEQUENCE" else Footprint()


@locks_of.register
def _(op: o.AlterObject, at: Place) -> Footprint:
    match op.kind:
        case "SEQUENCE":
            return Footprint(sequences=(Lock(op.name, LockMode.SHARE_ROW_EXCLUSIVE),))
        case "VIEW" | "MATERIALIZED VIEW":
            return exclusive(op.name)
        case "COMMENT":
            return _commented(op, at)
        case "REASSIGN OWNED":
            return Footprint(work=Work.UNKNOWN)
    mild = op.kind in _MILD and not _STRONG.search(op.text)
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if mild else LockMode.ACCESS_EXCLUSIVE
    if op.table is None:
        return on_index(op.name, mode, at) if op.kind in _MILD else _owned(op, at)
    if op.kind == "SET STATISTICS":
        return lock(mode, *at.family(op.table))
    columns = op.kind in ("SET STORAGE", "SET COMPRESSION")
    # the sequences of a table change their owner with it
    sequences = at.sequences_of(op.table) if op.kind == "OWNER TO" else ()
    return lock(mode, *(at.family(op.table) if columns else (op.table,)), sequences=sequences)


def _owned(op: o.AlterObject, at: Place) -> Footprint:
    return exclusive(op.name) if op.kind == "OWNER TO" and at.is_view(op.name) else Footprint()


def _commented(op: o.AlterObject, at: Place) -> Footprint:
    """A comment on a table, a column, a view or an index locks it; on what hangs on a table, nothing to speak of."""
    words = re.match(r"\s*COMMENT\s+ON\s+(\w+)", op.text, re.IGNORECASE)
    what = words[1].upper() if words else ""
    if what == "INDEX":
        return on_index(op.name, LockMode.SHARE_UPDATE_EXCLUSIVE, at)
    if what not in ("TABLE", "COLUMN", "VIEW", "MATERIALIZED", "FOREIGN"):
        return Footprint()
    return lock(LockMode.SHARE_UPDATE_EXCLUSIVE, op.table or op.name)


@locks_of.register(o.Grant)
@locks_of.register(o.ChangeDomainDefault)
def _(op: o.Grant, at: Place) -> Footprint:
    return Footprint()


@locks_of.register
def _(op: o.ChangeComposite, at: Place) -> Footprint:
    typed = [table.name for table in at.schema.tables.values() if table.of == at.resolve(op.name)]
    return exclusive(*typed) if op.cascade else Footprint()


# -- domains ---------------------------------------------------------------------------------------------------


@locks_of.register
def _(op: o.AddDomainConstraint, at: Place) -> Footprint:
    return _checked(op.domain, at) if op.constraint.valid else Footprint()


@locks_of.register
def _(op: o.ValidateDomainConstraint, at: Place) -> Footprint:
    return _checked(op.domain, at)


@locks_of.register
def _(op: o.SetDomainNotNull, at: Place) -> Footprint:
    domain = at.schema.domains.get(at.resolve(op.domain))
    there = domain is not None and domain.not_null
    return _checked(op.domain, at) if op.required and not there else Footprint()


def _checked(domain: Name, at: Place) -> Footprint:
    """Every table with a column of the domain is read, and nobody writes to it meanwhile."""
    tables = at.with_domain(domain)
    unused = not tables and at.resolve(domain) in at.schema.domains
    return lock(LockMode.SHARE, *tables, work=Work.INSTANT if unused else Work.SCAN)


# -- tables' triggers, rules, row security ---------------------------------------------------------------------


@locks_of.register
def _(op: o.ToggleTrigger, at: Place) -> Footprint:
    if op.kind == "RULE":
        return exclusive(op.table)
    return lock(LockMode.SHARE_ROW_EXCLUSIVE, *at.partitions(op.table))


@locks_of.register
def _(op: o.SetRowSecurity, at: Place) -> Footprint:
    return exclusive(op.table)
