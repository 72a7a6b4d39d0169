"""What a statement names and nobody has: a column of a table that is known whole, or what a history never made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.history.statement import STAND_IN_MARK
from safemigrate.rulebook.parts import constraints_of
from safemigrate.rulebook.refusals.relations import INDEX, MATERIALIZED_VIEW, TABLE, an, relation
from safemigrate.schema import (
    Answer,
    Check,
    ForeignKey,
    Name,
    NotNullConstraint,
    Operation,
    PrimaryKey,
    Schema,
    Unique,
)
from safemigrate.schema import operations as o
from safemigrate.schema.name import literal, quoted
from safemigrate.schema.operations.base import TableOperation

# what every table has
_SYSTEM = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"})


def absent(op: Operation, before: Schema) -> Iterator[str]:
    """The reasons why the operation finds nothing, or something of another kind, under the names that it says."""
    yield from _of_another_kind(op, before)
    for table, columns in _columns(op, before):
        for column in dict.fromkeys(columns):
            if before.has_column(table, column) is Answer.NO and before.table(table) and not _is_nobodys(column):
                yield f"{table} has no column {quoted(column)}."
                return
    yield from _of_table(op, before)
    yield from _labels(op, before)


def unmade(op: Operation, before: Schema) -> Iterator[str]:
    """The relations and types that the operation names and no revision made, where the history seems to begin with an
    empty database. Somebody may have made them beside it all the same."""
    if not before.complete:
        return
    for table in _tables(op):
        if not _is_own(table) and relation(before, table) is None and before.table(table) is None:
            yield f"There is no table {table}, unless it was made outside of the history."
            return
    for what in _gone(op, before):
        yield f"There is no {what}, unless it was made outside of the history."


# -- relations ---------------------------------------------------------------------------------------------------


def _of_another_kind(op: Operation, before: Schema) -> Iterator[str]:
    match op:
        case o.DropTable(table=name):
            meant = TABLE
        case o.DropIndex(index=name):
            meant = INDEX
        case o.DropObject(kind="VIEW" | "MATERIALIZED VIEW" | "SEQUENCE" as kind, name=name):
            meant = kind.lower()
        case o.RefreshView(view=name):
            meant = MATERIALIZED_VIEW
        case o.DropObject(kind="DOMAIN", name=name):
            if before.resolve(name) in before.enums:
                yield f"{name} is a type, and no domain: DROP TYPE."
            return
        case _:
            return
    found = relation(before, name)
    if found is not None and found != meant:
        yield f"{name} is {an(found)}, and no {meant}."


def _gone(op: Operation, before: Schema) -> Iterator[str]:
    """What a DROP without IF EXISTS does not find."""
    if getattr(op, "if_exists", True):
        return
    match op:
        case o.DropIndex(index=name):
            meant = INDEX
        case o.DropObject(kind="VIEW" | "MATERIALIZED VIEW" as kind, name=name):
            meant = kind.lower()
        case o.DropTable(table=name) if before.table(name) is None:
            meant = TABLE
        case o.DropObject(kind="TYPE", name=name) if _knows_types(before):
            resolved = before.resolve(name)
            known = resolved in before.enums or resolved in before.domains or ("TYPE", resolved) in before.objects
            if not known and relation(before, name) is None:
                yield f"type {name}"
            return
        case _:
            return
    if relation(before, name) is None:
        yield f"{meant} {name}"


def _is_own(table: Name) -> bool:
    """Whether PostgreSQL brings the table itself."""
    return table.schema in ("pg_catalog", "information_schema") or table.name.startswith("pg_")


def _knows_types(before: Schema) -> bool:
    """Whether all types are known: an extension may bring some."""
    return not any(kind in ("EXTENSION", "FOREIGN SCHEMA") for kind, _ in before.objects)


def _tables(op: Operation) -> Iterator[Name]:
    """The tables that must be there: what ALTER TABLE, CREATE INDEX and statements on rows name."""
    match op:
        case TableOperation(if_table_exists=False):
            yield op.table
        case o.CreateIndex() | o.Update() | o.Insert() | o.Delete() | o.Merge():
            yield op.table
        case o.RenameTable(if_exists=False) | o.MoveTable(if_exists=False):
            yield op.table
        case _:
            pass
    yield from (c.referenced for c in constraints_of(op) if isinstance(c, ForeignKey))


# -- columns -----------------------------------------------------------------------------------------------------


def _columns(op: Operation, before: Schema) -> Iterator[tuple[Name, Iterable[str]]]:
    """The columns that must be there, with their table."""
    match op:
        case o.DropColumn(if_exists=False) | o.RenameColumn() | o.ChangeType() | o.SetNotNull() | o.DropNotNull():
            yield op.table, (op.column,)
        case o.SetDefault() | o.DropDefault() | o.AddIdentity() | o.ChangeIdentity() | o.DropIdentity():
            yield op.table, (op.column,)
        case o.DropExpression() | o.SetExpression():
            yield op.table, (op.column,)
        case o.CreateIndex(index=index):
            yield op.table, (*index.columns, *index.include)
        case o.Insert():
            yield op.table, op.columns
        case o.Update():
            yield op.table, (column for column, _ in op.assignments)
        case _:
            pass
    for constraint in constraints_of(op):
        if isinstance(op, o.AddConstraint):
            yield op.table, _own_columns(constraint)
        if isinstance(constraint, ForeignKey) and not _made_by(op, constraint.referenced, before):
            yield constraint.referenced, constraint.referenced_columns


def _is_nobodys(column: str) -> bool:
    """Whether a name says nothing of the table's own columns: every table has it, or a stand-in left it there."""
    return column in _SYSTEM or column.startswith(STAND_IN_MARK)


def _own_columns(constraint: object) -> tuple[str, ...]:
    match constraint:
        case Unique(columns=columns) | PrimaryKey(columns=columns) | ForeignKey(columns=columns):
            return columns
        case NotNullConstraint(column=column):
            return (column,)
        case Check(expression=expression):
            return tuple(sorted(expression.columns))
        case _:
            return ()


def _made_by(op: Operation, table: Name, before: Schema) -> bool:
    """Whether the operation itself makes the table or one of its columns: it may refer to what it makes."""
    own = getattr(op, "table", None)
    return isinstance(op, o.CreateTable | o.AddColumn) and isinstance(own, Name) and before.same(own, table)


# -- what stands on a table, and labels --------------------------------------------------------------------------


def _of_table(op: Operation, before: Schema) -> Iterator[str]:
    match op:
        case o.DropConstraint(if_exists=False) | o.ValidateConstraint() | o.RenameConstraint() | o.ChangeConstraint():
            known = before.table(op.table)
            # PostgreSQL 18 names what NOT NULL makes, and knows it as a constraint
            if known is not None and known.known and op.name not in known.constraints and "not_null" not in op.name:
                yield f"{op.table} has no constraint {quoted(op.name)}."
        case o.DropObject(kind="TRIGGER" | "POLICY" as kind, table=Name() as table, if_exists=False):
            known = before.table(table)
            there = known and (known.triggers if kind == "TRIGGER" else known.policies)
            if known is not None and known.known and op.name.name not in (there or ()):
                yield f"{table} has no {kind.lower()} {op.name}."
        case _:
            return


def _labels(op: Operation, before: Schema) -> Iterator[str]:
    match op:
        case o.RenameEnumValue(type=type_, value=label) | o.AddEnumValue(type=type_, neighbour=str() as label):
            known = before.enums.get(before.resolve(type_))
            if known is not None and label not in known.labels:
                yield f"{type_} has no label {literal(label)}."
        case _:
            return
