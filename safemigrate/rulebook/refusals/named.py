"""What a statement names that must be there: relations, columns, functions, sequences, types and schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from safemigrate.rulebook.parts import columns_of, constraints_of, types_given
from safemigrate.schema import (
    Check,
    Expression,
    Footprint,
    ForeignKey,
    Generation,
    Name,
    NotNullConstraint,
    Operation,
    PrimaryKey,
    Schema,
    Unique,
)
from safemigrate.schema import operations as o
from safemigrate.schema.attached import columns_of_row
from safemigrate.schema.operations.base import TableOperation
from safemigrate.sql import Selection, columns_named, functions_named, owner_of_sequence, read_expression, selection

CODE = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE")
_RELATIONS = ("TABLE", "VIEW", "MATERIALIZED VIEW", "INDEX", "SEQUENCE", "FOREIGN TABLE")
_IF_EXISTS = re.compile(r"^\s*ALTER\s+\w+(?:\s+\w+)?\s+IF\s+EXISTS\b", re.IGNORECASE)
_NEXTVAL = re.compile(r"\b(?:nextval|setval|currval)\s*\(\s*'(?P<name>[^']+)'", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"(?:(?P<schema>[a-z_]\w*)\.)?(?P<name>[a-z_]\w*)")
_QUERY = re.compile(r"\bSELECT\b", re.IGNORECASE)
# where a name may be one that the query itself gives
_RENAMED = re.compile(r"\b(?:ORDER|GROUP|HAVING|DISTINCT|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Routine:
    """A function as a statement names it; *arguments* is None where it gives none."""

    kind: str
    name: Name
    arguments: tuple[str, ...] | None = None
    #: the statement only takes one that returns trigger
    trigger: bool = False

    @property
    def word(self) -> str:
        return "function" if self.kind == "ROUTINE" else self.kind.lower()

    def __str__(self) -> str:
        return str(self.name) if self.arguments is None else f"{self.name}({', '.join(self.arguments)})"


def relations(op: Operation, touched: Footprint) -> Iterator[Name]:
    """The tables, views, indexes and sequences that must be there: what it locks, and what it names beside that."""
    if _may_be_absent(op):
        return
    match op:
        case o.CreateView():
            yield from op.tables
        case o.CreatePolicy() | o.ChangePolicy():
            yield from (table for query in _queries(op) for table in query.tables)
        case o.Update() | o.Delete():
            yield op.table
            yield from op.joins
        case o.Insert():
            yield op.table
        case o.Grant(on="TABLE" | "SEQUENCE"):
            yield from op.names
        case o.RenameIndex(index=name) | o.Reindex(kind="INDEX", name=name) | o.Comment(about="INDEX", name=name):
            yield name
        case o.DropObject(kind=kind) | o.RenameObject(kind=kind) | o.MoveObject(kind=kind) if kind in _RELATIONS:
            yield op.name
        case o.AlterObject(kind="SEQUENCE", name=name) | o.Comment(about="SEQUENCE", name=name):
            yield name
            yield from (table for table, _ in _owner(op))
        case o.CreateObject(kind="SEQUENCE"):
            yield from (table for table, _ in _owner(op))
        case _:
            pass
    yield from (lock.table for lock in touched.locks)
    yield from (c.referenced for c in constraints_of(op) if isinstance(c, ForeignKey))


def _may_be_absent(op: Operation) -> bool:
    """Whether the statement says IF EXISTS, or may find what it names to be gone."""
    absent_is_fine = getattr(op, "if_exists", False) and not isinstance(op, TableOperation)
    text = op.text if isinstance(op, o.AlterObject) else ""
    return absent_is_fine or getattr(op, "if_table_exists", False) or _IF_EXISTS.match(text) is not None


# -- columns -----------------------------------------------------------------------------------------------------


def columns(op: Operation, before: Schema) -> Iterator[tuple[Name, Iterable[str]]]:
    """The columns that must be there, with their table."""
    match op:
        case o.DropColumn(if_exists=False) | o.RenameColumn() | o.ChangeType() | o.SetNotNull() | o.DropNotNull():
            yield op.table, (op.column,)
        case o.SetDefault() | o.DropDefault() | o.AddIdentity() | o.ChangeIdentity() | o.DropIdentity():
            yield op.table, (op.column,)
        case o.DropExpression() | o.SetExpression():
            yield op.table, (op.column,)
        case o.AddColumn(column=column) if column.generation in (Generation.STORED, Generation.VIRTUAL):
            yield op.table, _named(column.generation_text)
        case o.CreateIndex(index=index):
            # an element in parentheses or with a call in it is an expression over columns
            yield op.table, (*index.columns, *index.include)
            yield from ((op.table, _named(element)) for element in index.elements if "(" in element)
            yield op.table, _named(index.where.text) if index.where is not None else ()
        case o.CreateTrigger(table=Name() as table):
            yield table, (*op.columns, *columns_of_row(op.condition))
        case o.CreatePolicy(table=Name() as table) | o.ChangePolicy(table=Name() as table):
            yield from ((table, _named(condition)) for condition in op.conditions)
            yield from ((other, (column,)) for other, column in policy_reads(op) if other is not None)
        case o.CreateView() if not _RENAMED.search(op.text):
            yield from ((table, (column,)) for table, column in op.reads if table is not None)
        case o.Comment(about="COLUMN", table=Name() as table):
            yield table, (op.name.name,)
        case o.Grant(on="TABLE"):
            yield from ((table, op.columns) for table in op.names)
        case o.AlterObject(kind="SEQUENCE") | o.CreateObject(kind="SEQUENCE"):
            yield from _owner(op)
        case _:
            yield from _of_rows(op)
    for constraint in constraints_of(op):
        if isinstance(op, o.AddConstraint):
            yield op.table, _own_columns(constraint)
        if isinstance(constraint, ForeignKey) and not _made_by(op, constraint.referenced, before):
            yield constraint.referenced, constraint.referenced_columns


def _owner(op: o.AlterObject | o.CreateObject) -> Iterator[tuple[Name, tuple[str]]]:
    """The table and the column that a sequence is to belong to."""
    owner = owner_of_sequence(op.text)
    if owner is not None:
        yield owner[0], (owner[1],)


def _of_rows(op: Operation) -> Iterator[tuple[Name, Iterable[str]]]:
    match op:
        case o.Insert():
            yield op.table, op.columns
        case o.Update():
            yield op.table, (column for column, _ in op.assignments)
            if not op.text:
                # nothing but the table has columns there
                yield from ((op.table, _named(value.text)) for _, value in op.assignments)
                yield op.table, _named(op.where.text) if op.where is not None else ()
        case o.Delete() if op.where is not None and not op.joins and " USING " not in op.text.upper():
            yield op.table, _named(op.where.text)
        case _:
            return


def policy_reads(policy: o.CreatePolicy | o.ChangePolicy) -> Iterator[tuple[Name | None, str]]:
    """The columns that the subqueries of a policy name, with their table where no other can be meant."""
    for query in _queries(policy):
        yield from query.reads


def _queries(policy: o.CreatePolicy | o.ChangePolicy) -> Iterator[Selection]:
    """What those of its conditions read that ask other tables, and its own by its name."""
    table = policy.table.sql() if policy.table is not None else ""
    for condition in policy.conditions:
        if _QUERY.search(condition) and (found := selection(f"SELECT 1 FROM {table} WHERE ({condition})")):
            yield found


def _named(expression: str) -> Iterable[str]:
    """The columns that an expression certainly names, all of one table: whose those of a query are, nobody tells."""
    return () if _QUERY.search(expression) else columns_named(expression) or ()


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


# -- functions, sequences, types, schemas --------------------------------------------------------------------------


def routines(op: Operation) -> Iterator[Routine]:
    """The functions that must be there."""
    match op:
        case o.DropObject(if_exists=False) | o.RenameObject() | o.MoveObject() if op.kind in CODE:
            yield Routine(op.kind, op.name, op.arguments)
        case o.AlterObject(routine=kind) if kind:
            yield Routine(kind, op.name, op.arguments)
        case o.CreateTrigger(function=Name() as function):
            yield Routine("FUNCTION", function, (), trigger=True)
        case _:
            return


def calls(op: Operation) -> Iterator[Name]:
    """The functions that its expressions call and that are not known to be PostgreSQL's own."""
    for expression in expressions(op):
        yield from expression.calls
    queries = [op.text] if isinstance(op, o.CreateView) else []
    if isinstance(op, o.CreatePolicy | o.ChangePolicy):
        queries += [f"SELECT ({condition})" for condition in op.conditions]
    for query in queries:
        named = functions_named(query) or ()
        yield from (name for name in read_expression(query).calls if name.name.lower() in named)


def expressions(op: Operation) -> Iterator[Expression]:
    """The expressions that the operation gives to what it makes or changes."""
    for column in columns_of(op):
        yield from (column.default,) if column.default is not None else ()
        if column.generation in (Generation.STORED, Generation.VIRTUAL):
            yield read_expression(column.generation_text)
    yield from (constraint.expression for constraint in constraints_of(op) if isinstance(constraint, Check))
    match op:
        case o.SetDefault(default=expression) | o.SetExpression(expression=expression):
            yield expression
        case o.AddDomainConstraint(constraint=Check(expression=expression)):
            yield expression
        case (
            o.ChangeType(using=Expression() as expression) | o.ChangeDomainDefault(default=Expression() as expression)
        ):
            yield expression
        case o.CreateDomain(checks=checks, default=default):
            yield from (check.expression for check in checks)
            yield from (default,) if default is not None else ()
        case o.CreateIndex(index=index):
            yield from (read_expression(element) for element in index.elements if "(" in element)
            yield from (index.where,) if index.where is not None else ()
        case _:
            return


def schemas(op: Operation) -> Iterator[str]:
    """The schemas in which it makes something, or to which it moves it, or which it names itself."""
    match op:
        case o.CreateTable(table=name, temporary=False):
            yield from (name.schema,) if name.schema is not None else ()
        case o.CreateEnum(type=made):
            yield from (made.name.schema,) if made.name.schema is not None else ()
        case o.MoveTable(new_schema=schema) | o.MoveObject(new_schema=schema):
            yield schema
        case o.DropObject(kind="SCHEMA", if_exists=False) | o.RenameObject(kind="SCHEMA") | o.Comment(about="SCHEMA"):
            yield op.name.name
        case o.Grant(on="SCHEMA"):
            yield from (name.name for name in op.names)
        case o.CreateObject():
            yield from (op.name.schema,) if op.name.schema is not None else ()
        case _:
            return


def sequences(op: Operation) -> Iterator[Name]:
    """The sequences that the defaults of columns, a query or an INSERT draw from."""
    texts = [column.default.text for column in columns_of(op) if column.default is not None]
    if isinstance(op, o.SetDefault):
        texts.append(op.default.text)
    elif isinstance(op, o.Query | o.Insert):
        texts.append(op.text)
    for match in (match for text in texts for match in _NEXTVAL.finditer(text)):
        plain = _PLAIN_NAME.fullmatch(match["name"])
        if plain is not None:
            yield Name(plain["name"], plain["schema"])


def types(op: Operation) -> Iterator[Name]:
    """The types that must be there."""
    match op:
        case o.AddEnumValue() | o.RenameEnumValue() | o.RenameType():
            yield op.type
        case o.AddDomainConstraint() | o.ValidateDomainConstraint() | o.SetDomainNotNull():
            yield op.domain
        case o.DropDomainConstraint(if_exists=False):
            yield op.domain
        case o.DropObject(kind="TYPE" | "DOMAIN", if_exists=False) | o.Comment(about="TYPE" | "DOMAIN"):
            yield op.name
        case _:
            yield from (type_.called for _, type_ in types_given(op) if type_.certain)
