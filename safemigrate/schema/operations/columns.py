"""Operations on the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.model import Column, Constraint, Expression, ForeignKey, Generation, PrimaryKey, Type, Unique
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import Operation, alter_column, alter_table, cascade_words, if_exists_words


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
        return f"{alter_table(self.table)} ADD COLUMN {exists}{' '.join(parts)}"


@dataclass(frozen=True, slots=True)
class DropColumn(Operation):
    table: Name
    column: str
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"{alter_table(self.table)} DROP COLUMN {if_exists_words(self.if_exists)}{quoted(self.column)}"
            f"{cascade_words(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameColumn(Operation):
    table: Name
    column: str
    new_name: str

    def sql(self) -> str:
        return f"{alter_table(self.table)} RENAME COLUMN {quoted(self.column)} TO {quoted(self.new_name)}"


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
        return f"{alter_column(self.table, self.column)} TYPE {self.type.sql()}{collation}{using}"


@dataclass(frozen=True, slots=True)
class SetNotNull(Operation):
    table: Name
    column: str

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} SET NOT NULL"


@dataclass(frozen=True, slots=True)
class DropNotNull(Operation):
    table: Name
    column: str

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} DROP NOT NULL"


@dataclass(frozen=True, slots=True)
class SetDefault(Operation):
    table: Name
    column: str
    default: Expression

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} SET DEFAULT {self.default.sql()}"


@dataclass(frozen=True, slots=True)
class DropDefault(Operation):
    table: Name
    column: str

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} DROP DEFAULT"


@dataclass(frozen=True, slots=True)
class AddIdentity(Operation):
    table: Name
    column: str
    generation: Generation
    options: str = ""

    def sql(self) -> str:
        options = f" ({self.options})" if self.options else ""
        return f"{alter_column(self.table, self.column)} ADD {self.generation.value}{options}"


@dataclass(frozen=True, slots=True)
class ChangeIdentity(Operation):
    """ALTER COLUMN … SET GENERATED, SET START, RESTART …: *options* as written."""

    table: Name
    column: str
    options: str

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} {self.options}"


@dataclass(frozen=True, slots=True)
class DropIdentity(Operation):
    table: Name
    column: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} DROP IDENTITY{' IF EXISTS' * self.if_exists}"


@dataclass(frozen=True, slots=True)
class SetExpression(Operation):
    """ALTER COLUMN … SET EXPRESSION AS (…) of a generated column (PostgreSQL 17)."""

    table: Name
    column: str
    expression: Expression

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} SET EXPRESSION AS ({self.expression.sql()})"


@dataclass(frozen=True, slots=True)
class DropExpression(Operation):
    """ALTER COLUMN … DROP EXPRESSION: a stored generated column becomes a plain one."""

    table: Name
    column: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{alter_column(self.table, self.column)} DROP EXPRESSION{' IF EXISTS' * self.if_exists}"


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
