"""What undoes an operation, for the downgrade of a generated revision."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from safemigrate.plan.privileges import privileges_restored
from safemigrate.plan.remaking import function_again, is_read, remade, remade_table
from safemigrate.rulebook.numbering import is_of_a_column, numbered_again
from safemigrate.schema import (
    Answer,
    Expression,
    Generation,
    Name,
    Operation,
    Schema,
    conversion,
    leftovers,
    remarks,
    renaming,
    sync,
)
from safemigrate.schema import operations as o
from safemigrate.schema.model import Check, Constraint, Exclusion, ForeignKey, NotNullConstraint, PrimaryKey, Unique


@singledispatch
def reverse(op: Operation, before: Schema) -> tuple[Operation, ...] | None:
    """The operations that undo *op*, which ran on *before*; None where nobody can say.

    Dropped data does not come back: a dropped column is made again, empty.
    """
    return None


@reverse.register(o.Update)
@reverse.register(o.Insert)
@reverse.register(o.Delete)
@reverse.register(o.Merge)
@reverse.register(o.Copy)
@reverse.register(o.Query)
@reverse.register(o.SetParameter)
@reverse.register(o.ValidateConstraint)
@reverse.register(o.Analyze)
@reverse.register(o.Vacuum)
@reverse.register(o.LockTable)
@reverse.register(o.Reindex)
@reverse.register(o.RefreshView)
@reverse.register(sync.Guard)
@reverse.register(leftovers.DropInvalidIndex)
@reverse.register(leftovers.FinishDetach)
# PostgreSQL takes no label away, and what does not know it does not write it
@reverse.register(o.AddEnumValue)
def _(op: Operation, before: Schema) -> tuple[Operation, ...]:
    return ()


#: changes that the old version serves with as well as without
_SERVES = ("CLUSTER ON", "OPTIONS", "OWNER TO", "SECURITY LABEL", "SEQUENCE", "SET STORAGE PARAMETERS")


@reverse.register
def _(op: o.AlterObject, before: Schema) -> tuple[Operation, ...] | None:
    return () if op.kind in (*_SERVES, "SET WITHOUT CLUSTER", "STATISTICS") else None


@reverse.register
def _(op: o.Grant, before: Schema) -> tuple[Operation, ...] | None:
    return privileges_restored(op, before)


@reverse.register
def _(op: o.Comment, before: Schema) -> tuple[Operation, ...]:
    table = before.table(op.table) if op.table is not None else None
    if op.about == "INDEX":
        table = before.index_table(op.name)
    if op.about not in _COMMENTED or table is None or not table.known:
        # what is said of something changes nothing
        return ()
    was = table.comments.get((op.about, op.name.name))
    if op.about == "TABLE":
        was = table.comment
    elif op.about == "COLUMN":
        was = before.column(table.name, op.name.name).comment
    return () if was == op.said else (remarks.comment(op.about, op.name, op.table, was),)


_COMMENTED = ("TABLE", "COLUMN", "INDEX", "CONSTRAINT", "TRIGGER", "POLICY")


@reverse.register
def _(op: o.TuneColumn, before: Schema) -> tuple[Operation, ...]:
    if op.table is None or not op.column or not before.column(op.table, op.column).known:
        return ()
    had = dict(before.column(op.table, op.column).tuning)
    was = tuple((name, had.get(name)) for name, value in op.values if had.get(name) != value)
    return remarks.tuned(op.table, op.column, was)


@reverse.register
def _(op: o.CreateTable, before: Schema) -> tuple[Operation, ...]:
    return (o.DropTable(op.table, if_exists=True),)


@reverse.register
def _(op: o.AddColumn, before: Schema) -> tuple[Operation, ...]:
    if op.if_not_exists and before.has_column(op.table, op.column.name).certain:
        return ()
    return (o.DropColumn(op.table, op.column.name, if_exists=True),)


@reverse.register
def _(op: o.DropColumn, before: Schema) -> tuple[Operation, ...] | None:
    column = before.column(op.table, op.column)
    if not column.known or column.type is None:
        return None
    # the rows are there and the values are not, so only what a default supplies can be required
    nullable = Answer.NO if column.has_default.certain else Answer.YES
    # PostgreSQL 14 and 15 know STORAGE in ALTER COLUMN only
    again = replace(column, nullable=nullable, tuning=(), comment=None, grants=frozenset())
    return (o.AddColumn(op.table, again, if_not_exists=True), *remarks.endowed(op.table, column))


@reverse.register
def _(op: o.MoveTable, before: Schema) -> tuple[Operation, ...] | None:
    was = before.resolve(op.table).schema
    return (o.MoveTable(Name(op.table.name, op.new_schema), was),) if was is not None else None


@reverse.register
def _(op: o.RenameObject, before: Schema) -> tuple[Operation, ...]:
    name = op.name.beside(op.new_name)
    return (o.RenameObject(op.kind, name, op.name.name, signature=op.signature, table=op.table),)


@reverse.register
def _(op: o.RenameType, before: Schema) -> tuple[Operation, ...]:
    return (o.RenameType(op.type.beside(op.new_name), op.type.name),)


@reverse.register
def _(op: o.RenameEnumValue, before: Schema) -> tuple[Operation, ...]:
    return (o.RenameEnumValue(op.type, op.new_value, op.value),)


@reverse.register
def _(op: o.SetLogged, before: Schema) -> tuple[Operation, ...] | None:
    table = before.table(op.table)
    if table is None or not table.known:
        return None
    return (replace(op, logged=not op.logged),) if table.unlogged is op.logged else ()


@reverse.register
def _(op: o.SetReplicaIdentity, before: Schema) -> tuple[Operation, ...] | None:
    table = before.table(op.table)
    if table is None or not table.known:
        return None
    identity, _, index = table.replica_identity.partition(" ")
    return (o.SetReplicaIdentity(op.table, identity, index or None),)


@reverse.register
def _(op: o.ToggleTrigger, before: Schema) -> tuple[Operation, ...] | None:
    table = before.table(op.table)
    trigger = table.triggers.get(op.name or "") if table else None
    if op.kind != "TRIGGER" or trigger is None or op.state not in ("ENABLE", "DISABLE"):
        return None
    was = "ENABLE" if trigger.enabled else "DISABLE"
    return (replace(op, state=was),) if was != op.state else ()


@reverse.register
def _(op: o.SetInheritance, before: Schema) -> tuple[Operation, ...]:
    return (replace(op, inherits=not op.inherits),)


@reverse.register
def _(op: o.DropIdentity, before: Schema) -> tuple[Operation, ...] | None:
    column = before.column(op.table, op.column)
    if not column.known:
        return None
    if column.generation not in (Generation.IDENTITY_ALWAYS, Generation.IDENTITY_BY_DEFAULT):
        return ()
    return (o.AddIdentity(op.table, op.column, column.generation, column.generation_text),)


@reverse.register
def _(op: o.SetExpression, before: Schema) -> tuple[Operation, ...] | None:
    column = before.column(op.table, op.column)
    if not column.known or column.generation is None:
        return None
    return (o.SetExpression(op.table, op.column, Expression(column.generation_text)),)


@reverse.register
def _(op: o.ChangePublication, before: Schema) -> tuple[Operation, ...] | None:
    known = before.publications.get(op.name.name)
    if op.action != "ADD" or op.schemas or known is None or any(map(known.sends, map(before.resolve, op.tables))):
        return None
    tables = ", ".join(table.sql() for table in op.tables)
    text = f"ALTER PUBLICATION {op.name.sql()} DROP TABLE {tables}"
    return (
        o.ChangePublication(
            "PUBLICATION", op.name, text, action="DROP", tables=op.tables, parts=("",) * len(op.tables)
        ),
    )


@reverse.register
def _(op: o.RenameColumn, before: Schema) -> tuple[Operation, ...]:
    return (o.RenameColumn(op.table, op.new_name, op.column),)


@reverse.register
def _(op: renaming.EndRename, before: Schema) -> tuple[Operation, ...] | None:
    beside = reverse(o.DropColumn(op.table, op.new), before)
    return (renaming.UndoRename(op.table, op.old, op.new), *beside) if beside is not None else None


@reverse.register
def _(op: o.RenameTable, before: Schema) -> tuple[Operation, ...]:
    return (o.RenameTable(op.table.beside(op.new_name), op.table.name),)


@reverse.register
def _(op: o.RenameIndex, before: Schema) -> tuple[Operation, ...]:
    return (o.RenameIndex(op.index.beside(op.new_name), op.index.name, if_exists=True),)


@reverse.register
def _(op: o.RenameConstraint, before: Schema) -> tuple[Operation, ...]:
    return (o.RenameConstraint(op.table, op.new_name, op.name),)


@reverse.register
def _(op: o.AddIdentity, before: Schema) -> tuple[Operation, ...]:
    return (o.DropIdentity(op.table, op.column, if_exists=True),)


@reverse.register
def _(op: o.ChangeIdentity, before: Schema) -> tuple[Operation, ...] | None:
    always = op.options.strip().upper() == "SET GENERATED ALWAYS"
    if not always or before.column(op.table, op.column).generation is not Generation.IDENTITY_BY_DEFAULT:
        return None
    return (o.ChangeIdentity(op.table, op.column, "SET GENERATED BY DEFAULT"),)


@reverse.register
def _(op: o.SetRowSecurity, before: Schema) -> tuple[Operation, ...] | None:
    table = before.table(op.table)
    if table is None or not table.known:
        return None
    was = {
        "ENABLE": table.row_security,
        "DISABLE": table.row_security,
        "FORCE": table.forced,
        "NO FORCE": table.forced,
    }
    back = {"ENABLE": "DISABLE", "DISABLE": "ENABLE", "FORCE": "NO FORCE", "NO FORCE": "FORCE"}[op.action]
    changed = was[op.action] is (op.action in ("DISABLE", "NO FORCE"))
    return (o.SetRowSecurity(op.table, back),) if changed else ()


@reverse.register
def _(op: o.SetNotNull, before: Schema) -> tuple[Operation, ...]:
    already = before.column(op.table, op.column).nullable is Answer.NO
    return () if already else (o.DropNotNull(op.table, op.column),)


@reverse.register
def _(op: o.DropNotNull, before: Schema) -> tuple[Operation, ...]:
    # what is not known to have been NOT NULL stays relaxed, which the old version survives
    was_required = before.column(op.table, op.column).nullable is Answer.NO
    return (o.SetNotNull(op.table, op.column),) if was_required else ()


@reverse.register(o.SetDefault)
@reverse.register(o.DropDefault)
def _(op: o.SetDefault, before: Schema) -> tuple[Operation, ...] | None:
    column = before.column(op.table, op.column)
    if not column.known:
        return None
    if numbered := numbered_again(op.table, column):
        return numbered
    default = column.default
    return (o.SetDefault(op.table, op.column, default) if default else o.DropDefault(op.table, op.column),)


@reverse.register
def _(op: o.DropObject, before: Schema) -> tuple[Operation, ...] | None:
    if op.kind == "SEQUENCE" and is_of_a_column(op.name, before):
        # the default that drew from such a sequence brings it back
        return ()
    return remade(op, before)


@reverse.register
def _(op: o.DropTable, before: Schema) -> tuple[Operation, ...] | None:
    return remade_table(op, before)


@reverse.register
def _(op: o.AddDomainConstraint, before: Schema) -> tuple[Operation, ...] | None:
    name = op.constraint.name
    return (o.DropDomainConstraint(op.domain, name, if_exists=True),) if name else None


@reverse.register
def _(op: o.DropDomainConstraint, before: Schema) -> tuple[Operation, ...] | None:
    domain = before.domains.get(before.resolve(op.domain))
    found = [each for each in domain.constraints if each.name == op.name] if domain is not None else []
    # the values written since are not checked again
    return tuple(o.AddDomainConstraint(op.domain, _unproved(each)) for each in found) or None


def _unproved(constraint: Check | NotNullConstraint) -> Check | NotNullConstraint:
    return replace(constraint, valid=False) if isinstance(constraint, Check) else constraint


@reverse.register
def _(op: o.ChangeType, before: Schema) -> tuple[Operation, ...] | None:
    column = before.column(op.table, op.column)
    return (o.ChangeType(op.table, op.column, column.type, collation=column.collation),) if column.type else None


@reverse.register
def _(op: o.AddConstraint, before: Schema) -> tuple[Operation, ...] | None:
    name = op.constraint.name
    return (o.DropConstraint(op.table, name, if_exists=True),) if name else None


@reverse.register
def _(op: o.DropConstraint, before: Schema) -> tuple[Operation, ...] | None:
    table = before.table(op.table)
    constraint = table.constraints.get(op.name) if table else None
    if table is None or constraint is None:
        return () if op.if_exists and table is not None and table.known else None
    return (_added(op, constraint), *remarks.said_of(table, "CONSTRAINT", op.name))


def _added(op: o.DropConstraint, constraint: Constraint) -> Operation:
    match constraint:
        case Check():
            # what was valid need not be any more: the rows written since are not checked again
            return o.AddCheck(op.table, replace(constraint, valid=False))
        case ForeignKey():
            return o.AddForeignKey(op.table, replace(constraint, valid=False))
        case NotNullConstraint():
            return o.AddNotNull(op.table, constraint)
        case Unique():
            return o.AddUnique(op.table, replace(constraint, index=None))
        case PrimaryKey():
            return o.AddPrimaryKey(op.table, replace(constraint, index=None))
        case Exclusion():
            return o.AddExclusion(op.table, constraint)


@reverse.register
def _(op: o.CreateIndex, before: Schema) -> tuple[Operation, ...] | None:
    if not op.index.name:
        return None
    table = before.table(op.table)
    if op.if_not_exists and table is not None and op.index.name in table.indexes:
        return ()
    return (o.DropIndex(op.table.beside(op.index.name), concurrently=op.concurrently, if_exists=True),)


@reverse.register
def _(op: o.DropIndex, before: Schema) -> tuple[Operation, ...] | None:
    table = before.index_table(op.index)
    if table is None:
        return () if op.if_exists else None
    # rows are written meanwhile, and only a partitioned index cannot be built beside them
    name = before.shortest(table.name) if op.index.schema is None else table.name
    again = o.CreateIndex(name, table.indexes[op.index.name], concurrently=not table.partitioned)
    return (again, *remarks.said_of(table, "INDEX", op.index.name))


@reverse.register
def _(op: o.AttachPartition, before: Schema) -> tuple[Operation, ...]:
    return (o.DetachPartition(op.table, op.partition),)


@reverse.register
def _(op: o.AttachIndex, before: Schema) -> tuple[Operation, ...]:
    # an index that was attached goes with that of the parent only
    return (o.DropIndex(op.index, if_exists=True),)


@reverse.register
def _(op: o.DetachPartition, before: Schema) -> tuple[Operation, ...] | None:
    table = before.table(op.partition)
    return (o.AttachPartition(op.table, op.partition, table.bound),) if table is not None and table.bound else None


@reverse.register
def _(op: o.CreateEnum, before: Schema) -> tuple[Operation, ...]:
    return (o.DropObject("TYPE", op.type.name, if_exists=True),)


@reverse.register
def _(op: o.CreateObject, before: Schema) -> tuple[Operation, ...] | None:
    if op.kind == "FUNCTION":
        return None
    # statistics have a table, too, and a name of their own
    table = op.table if op.kind in ("TRIGGER", "POLICY", "RULE") else None
    drop = o.DropObject(op.kind, op.name, if_exists=True, table=table)
    if not op.or_replace or (op.kind == "VIEW" and before.complete and before.view(op.name) is None):
        return (drop,)
    again = remade(drop, before)
    return None if again is None or is_read(op.name, before) else (drop, *again)


@reverse.register
def _(op: o.CreateFunction, before: Schema) -> tuple[Operation, ...] | None:
    if op.or_replace and (not before.complete or before.overloads(op.name, op.arguments)):
        return function_again(op, before)
    signature = f"({', '.join(op.arguments)})" if op.kind != "AGGREGATE" else None
    return (o.DropObject(op.kind, op.name, if_exists=True, signature=signature),) if signature else None


@reverse.register(sync.CreateSyncFunction)
@reverse.register(sync.CreateFillFunction)
@reverse.register(conversion.CreateConversionFunction)
def _(op: sync.CreateSyncFunction, before: Schema) -> tuple[Operation, ...]:
    # ours replaces its like only
    if before.functions_named(op.function):
        return ()
    return (o.DropObject("FUNCTION", op.function, if_exists=True, signature="()"),)


@reverse.register(sync.CreateSyncTrigger)
@reverse.register(conversion.CreateConversionTrigger)
def _(op: sync.CreateSyncTrigger, before: Schema) -> tuple[Operation, ...]:
    table = before.table(op.table)
    if table is not None and op.trigger in table.triggers:
        return ()
    return (o.DropObject("TRIGGER", Name(op.trigger), if_exists=True, table=op.table),)
