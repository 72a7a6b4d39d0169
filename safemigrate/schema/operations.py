"""Operations: what one SQL action does to the schema, freed from its syntax.

A statement with several actions gives one operation an action. ``sql()`` is the one statement that does
just this operation; it is composed from quoted names and the author's own expressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from safemigrate.schema.model import (
    Check,
    Column,
    Constraint,
    EnumType,
    Exclusion,
    Expression,
    ForeignKey,
    Generation,
    Index,
    NotNullConstraint,
    PrimaryKey,
    Type,
    Unique,
)
from safemigrate.schema.name import Name, literal, quoted, quoted_all


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a statement does."""

    #: False for what PostgreSQL refuses inside a transaction block
    transactional: ClassVar[bool] = True

    def sql(self) -> str:
        """The statement that does this and nothing else, without a semicolon."""
        raise NotImplementedError(type(self).__name__)

    @property
    def runs_in_transaction(self) -> bool:
        """Whether PostgreSQL accepts the operation inside a transaction block."""
        return not getattr(self, "concurrently", False) and self.transactional


# -- tables --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    """CREATE TABLE. *text* is the statement where columns and constraints do not say everything."""

    table: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False
    temporary: bool = False
    unlogged: bool = False
    partitioned: bool = False
    partition_of: Name | None = None
    text: str = ""

    def sql(self) -> str:
        if self.text:
            return self.text
        items = [c.sql() for c in self.columns]
        items += [(f"CONSTRAINT {quoted(c.name)} " if c.name else "") + c.sql() for c in self.constraints]
        return f"CREATE TABLE {self.table.sql()} ({', '.join(items)})"


@dataclass(frozen=True, slots=True)
class DropTable(Operation):
    table: Name
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return f"DROP TABLE {_if_exists(self.if_exists)}{self.table.sql()}{_cascade(self.cascade)}"


@dataclass(frozen=True, slots=True)
class RenameTable(Operation):
    table: Name
    new_name: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{_alter(self.table, self.if_exists)} RENAME TO {quoted(self.new_name)}"


@dataclass(frozen=True, slots=True)
class MoveTable(Operation):
    """ALTER TABLE … SET SCHEMA."""

    table: Name
    new_schema: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{_alter(self.table, self.if_exists)} SET SCHEMA {quoted(self.new_schema)}"


# -- columns -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddColumn(Operation):
    """ADD COLUMN. *constraints* are those written with the column (CHECK, UNIQUE, REFERENCES, PRIMARY KEY)."""

    table: Name
    column: Column
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False

    def sql(self) -> str:
        parts = [self.column.sql()]
        for constraint in self.constraints:
            named = f"CONSTRAINT {quoted(constraint.name)} " if constraint.name else ""
            parts.append(named + _beside_column(constraint))
        exists = "IF NOT EXISTS " if self.if_not_exists else ""
        return f"{_alter(self.table)} ADD COLUMN {exists}{' '.join(parts)}"


@dataclass(frozen=True, slots=True)
class DropColumn(Operation):
    table: Name
    column: str
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"{_alter(self.table)} DROP COLUMN {_if_exists(self.if_exists)}{quoted(self.column)}"
            f"{_cascade(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameColumn(Operation):
    table: Name
    column: str
    new_name: str

    def sql(self) -> str:
        return f"{_alter(self.table)} RENAME COLUMN {quoted(self.column)} TO {quoted(self.new_name)}"


@dataclass(frozen=True, slots=True)
class ChangeType(Operation):
    """ALTER COLUMN … TYPE."""

    table: Name
    column: str
    type: Type
    using: Expression | None = None
    collation: str | None = None

    def sql(self) -> str:
        collation = f" COLLATE {self.collation}" if self.collation else ""
        using = f" USING {self.using.sql()}" if self.using else ""
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} TYPE {self.type.sql()}{collation}{using}"


@dataclass(frozen=True, slots=True)
class SetNotNull(Operation):
    table: Name
    column: str

    def sql(self) -> str:
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} SET NOT NULL"


@dataclass(frozen=True, slots=True)
class DropNotNull(Operation):
    table: Name
    column: str

    def sql(self) -> str:
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} DROP NOT NULL"


@dataclass(frozen=True, slots=True)
class SetDefault(Operation):
    table: Name
    column: str
    default: Expression

    def sql(self) -> str:
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} SET DEFAULT {self.default.sql()}"


@dataclass(frozen=True, slots=True)
class DropDefault(Operation):
    table: Name
    column: str

    def sql(self) -> str:
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} DROP DEFAULT"


@dataclass(frozen=True, slots=True)
class AddIdentity(Operation):
    table: Name
    column: str
    generation: Generation
    options: str = ""

    def sql(self) -> str:
        options = f" ({self.options})" if self.options else ""
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} ADD {self.generation.value}{options}"


@dataclass(frozen=True, slots=True)
class ChangeIdentity(Operation):
    """ALTER COLUMN … SET GENERATED, SET START, RESTART …: *options* as written."""

    table: Name
    column: str
    options: str

    def sql(self) -> str:
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} {self.options}"


@dataclass(frozen=True, slots=True)
class DropIdentity(Operation):
    table: Name
    column: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{_alter(self.table)} ALTER COLUMN {quoted(self.column)} DROP IDENTITY{' IF EXISTS' * self.if_exists}"


# -- constraints ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddConstraint(Operation):
    """ALTER TABLE … ADD CONSTRAINT; each kind of constraint has an operation of its own below."""

    table: Name
    constraint: Constraint
    only: bool = False

    def sql(self) -> str:
        named = f"CONSTRAINT {quoted(self.constraint.name)} " if self.constraint.name else ""
        valid = "" if getattr(self.constraint, "valid", True) else " NOT VALID"
        return f"ALTER TABLE {'ONLY ' * self.only}{self.table.sql()} ADD {named}{self.constraint.sql()}{valid}"


@dataclass(frozen=True, slots=True)
class AddCheck(AddConstraint):
    constraint: Check


@dataclass(frozen=True, slots=True)
class AddNotNull(AddConstraint):
    """ADD CONSTRAINT … NOT NULL column (PostgreSQL 18)."""

    constraint: NotNullConstraint


@dataclass(frozen=True, slots=True)
class AddUnique(AddConstraint):
    constraint: Unique


@dataclass(frozen=True, slots=True)
class AddPrimaryKey(AddConstraint):
    constraint: PrimaryKey


@dataclass(frozen=True, slots=True)
class AddForeignKey(AddConstraint):
    constraint: ForeignKey


@dataclass(frozen=True, slots=True)
class AddExclusion(AddConstraint):
    constraint: Exclusion


@dataclass(frozen=True, slots=True)
class ValidateConstraint(Operation):
    table: Name
    name: str

    def sql(self) -> str:
        return f"{_alter(self.table)} VALIDATE CONSTRAINT {quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class DropConstraint(Operation):
    table: Name
    name: str
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"{_alter(self.table)} DROP CONSTRAINT {_if_exists(self.if_exists)}{quoted(self.name)}"
            f"{_cascade(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameConstraint(Operation):
    table: Name
    name: str
    new_name: str

    def sql(self) -> str:
        return f"{_alter(self.table)} RENAME CONSTRAINT {quoted(self.name)} TO {quoted(self.new_name)}"


# -- indexes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    table: Name
    index: Index
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False

    def sql(self) -> str:
        index = self.index
        words = ["CREATE", "UNIQUE" * index.unique, "INDEX", "CONCURRENTLY" * self.concurrently]
        words += ["IF NOT EXISTS" * self.if_not_exists, quoted(index.name) if index.name else ""]
        words += ["ON", "ONLY" * self.only, self.table.sql()]
        words += [
            f"USING {index.method}" if index.method != "btree" else "",
            f"({', '.join(index.elements)})",
        ]
        words += [f"INCLUDE {quoted_all(index.include)}" if index.include else ""]
        words += ["" if index.nulls_distinct else "NULLS NOT DISTINCT", index.options]
        words += [f"WHERE {index.where.sql()}" if index.where else ""]
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class DropIndex(Operation):
    index: Name
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"DROP INDEX {'CONCURRENTLY ' * self.concurrently}{_if_exists(self.if_exists)}{self.index.sql()}"
            f"{_cascade(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameIndex(Operation):
    index: Name
    new_name: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"ALTER INDEX {_if_exists(self.if_exists)}{self.index.sql()} RENAME TO {quoted(self.new_name)}"


# -- types, schemas, sequences -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateEnum(Operation):
    type: EnumType

    def sql(self) -> str:
        return self.type.sql()


@dataclass(frozen=True, slots=True)
class AddEnumValue(Operation):
    """ALTER TYPE … ADD VALUE. *neighbour* and *before* place the label; none puts it last."""

    type: Name
    value: str
    if_not_exists: bool = False
    neighbour: str | None = None
    before: bool = False

    def sql(self) -> str:
        exists = "IF NOT EXISTS " if self.if_not_exists else ""
        place = "" if self.neighbour is None else f" {'BEFORE' if self.before else 'AFTER'} {literal(self.neighbour)}"
        return f"ALTER TYPE {self.type.sql()} ADD VALUE {exists}{literal(self.value)}{place}"


@dataclass(frozen=True, slots=True)
class RenameEnumValue(Operation):
    type: Name
    value: str
    new_value: str

    def sql(self) -> str:
        return f"ALTER TYPE {self.type.sql()} RENAME VALUE {literal(self.value)} TO {literal(self.new_value)}"


@dataclass(frozen=True, slots=True)
class RenameType(Operation):
    type: Name
    new_name: str

    def sql(self) -> str:
        return f"ALTER TYPE {self.type.sql()} RENAME TO {quoted(self.new_name)}"


@dataclass(frozen=True, slots=True)
class DropObject(Operation):
    """DROP of what is neither table, column, index nor constraint: *kind* is PostgreSQL's word, upper case.

    *signature* is the argument list of a function, or ``ON table`` of a trigger or policy, as written.
    """

    kind: str
    name: Name
    if_exists: bool = False
    cascade: bool = False
    signature: str = ""
    table: Name | None = None

    def sql(self) -> str:
        on = f" ON {self.table.sql()}" if self.table else ""
        return (
            f"DROP {self.kind} {_if_exists(self.if_exists)}{self.name.sql()}{self.signature}{on}"
            f"{_cascade(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class CreateObject(Operation):
    """CREATE of what the schema only knows by name (schema, sequence, view, extension …), by its text."""

    kind: str
    name: Name
    text: str
    or_replace: bool = False
    if_not_exists: bool = False
    table: Name | None = None

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class AlterObject(Operation):
    """ALTER, COMMENT, GRANT … that no rule asks about in detail, by its text: read, and known to be instant.

    *table* is the table it locks with *lock*, where there is one.
    """

    kind: str
    name: Name
    text: str
    table: Name | None = None

    def sql(self) -> str:
        return self.text


# -- data ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Insert(Operation):
    """INSERT. *selects* tells INSERT … SELECT, whose work grows with its source."""

    table: Name
    columns: tuple[str, ...]
    text: str
    selects: bool = False

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Update(Operation):
    """UPDATE. *assignments* are pairs of column and expression; *text* where these do not say everything."""

    table: Name
    assignments: tuple[tuple[str, Expression], ...]
    where: Expression | None = None
    text: str = ""

    def sql(self) -> str:
        if self.text:
            return self.text
        pairs = ", ".join(f"{quoted(column)} = {expression.sql()}" for column, expression in self.assignments)
        where = f" WHERE {self.where.sql()}" if self.where else ""
        return f"UPDATE {self.table.sql()} SET {pairs}{where}"


@dataclass(frozen=True, slots=True)
class Delete(Operation):
    table: Name
    where: Expression | None
    text: str

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Truncate(Operation):
    tables: tuple[Name, ...]
    cascade: bool = False
    restart_identity: bool = False

    def sql(self) -> str:
        names = ", ".join(t.sql() for t in self.tables)
        return f"TRUNCATE TABLE {names}{' RESTART IDENTITY' * self.restart_identity}{_cascade(self.cascade)}"


@dataclass(frozen=True, slots=True)
class Query(Operation):
    """A SELECT, SHOW or EXPLAIN: it changes nothing. *tables* are those it reads."""

    tables: tuple[Name, ...]
    text: str

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class LockTable(Operation):
    tables: tuple[Name, ...]
    mode: str
    nowait: bool = False

    def sql(self) -> str:
        names = ", ".join(t.sql() for t in self.tables)
        return f"LOCK TABLE {names} IN {self.mode} MODE{' NOWAIT' * self.nowait}"


# -- the session ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetParameter(Operation):
    """SET. *value* is the text as written, quotes removed; None for DEFAULT or RESET."""

    name: str
    value: str | None
    local: bool = False

    def sql(self) -> str:
        if self.name == "all":
            return "RESET ALL"
        value = "DEFAULT" if self.value is None else literal(self.value)
        if self.value is not None and self.name == "search_path":
            # one string would be the name of one schema
            value = ", ".join(literal(part.strip()) for part in self.value.split(","))
        return f"SET {'LOCAL ' * self.local}{self.name} = {value}"


@dataclass(frozen=True, slots=True)
class TransactionControl(Operation):
    """A BEGIN, COMMIT, ROLLBACK or SAVEPOINT that a revision sends itself; *kind* is that word."""

    kind: str
    text: str

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Unreadable(Operation):
    """What could not be read, and why. Never safe, never silent."""

    text: str
    reason: str

    def sql(self) -> str:
        return self.text


def _alter(table: Name, if_exists: bool = False) -> str:
    return f"ALTER TABLE {_if_exists(if_exists)}{table.sql()}"


def _if_exists(if_exists: bool) -> str:
    return "IF EXISTS " if if_exists else ""


def _cascade(cascade: bool) -> str:
    return " CASCADE" if cascade else ""


def _beside_column(constraint: Constraint) -> str:
    """A constraint of one column as it stands beside that column's definition."""
    match constraint:
        case ForeignKey():
            return constraint.sql().partition(") ")[2]
        case Unique():
            return "UNIQUE" + ("" if constraint.nulls_distinct else " NULLS NOT DISTINCT")
        case PrimaryKey():
            return "PRIMARY KEY"
        case _:
            return constraint.sql()


def operation_names() -> dict[str, type[Operation]]:
    """Every operation of this module by its name, as a rule's page names it."""
    return {
        name: value for name, value in globals().items() if isinstance(value, type) and issubclass(value, Operation)
    }
