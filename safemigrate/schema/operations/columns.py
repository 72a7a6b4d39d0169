"""Operations on the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.model import Column, Constraint, Expression, ForeignKey, Generation, PrimaryKey, Type, Unique
from safemigrate.schema.name import quoted, quoted_all
from safemigrate.schema.operations.base import TableOperation, cascade_words, if_exists_words
from safemigrate.schema.operations.objects import AlterObject


@dataclass(frozen=True, slots=True)
class AddColumn(TableOperation):
    """ADD COLUMN. *constraints* are those written with the column (CHECK, UNIQUE, REFERENCES, PRIMARY KEY)."""

    column: Column
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False

    def sql(self) -> str:
        parts = [self.column.sql()]
        for constraint in self.constraints:
            named = f"CONSTRAINT {quoted(constraint.name)} " if constraint.name else ""
            parts.append(named + _beside_column(constraint))
        exists = "IF NOT EXISTS " if self.if_not_exists else ""
        return f"{self.head()} ADD COLUMN {exists}{' '.join(parts)}"


@dataclass(frozen=True, slots=True)
class DropColumn(TableOperation):
    column: str
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"{self.head()} DROP COLUMN {if_exists_words(self.if_exists)}{quoted(self.column)}"
            f"{cascade_words(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameColumn(TableOperation):
    column: str
    new_name: str

    def sql(self) -> str:
        return f"{self.head()} RENAME COLUMN {quoted(self.column)} TO {quoted(self.new_name)}"


@dataclass(frozen=True, slots=True)
class ChangeType(TableOperation):
    """ALTER COLUMN … TYPE."""

    column: str
    type: Type
    using: Expression | None = None
    collation: str | None = None

    def sql(self) -> str:
        collation = f" COLLATE {self.collation}" if self.collation else ""
        using = f" USING {self.using.sql()}" if self.using else ""
        return f"{self.column_head(self.column)} TYPE {self.type.sql()}{collation}{using}"


@dataclass(frozen=True, slots=True)
class SetNotNull(TableOperation):
    column: str

    def sql(self) -> str:
        return f"{self.column_head(self.column)} SET NOT NULL"


@dataclass(frozen=True, slots=True)
class DropNotNull(TableOperation):
    column: str

    def sql(self) -> str:
        return f"{self.column_head(self.column)} DROP NOT NULL"


@dataclass(frozen=True, slots=True)
class SetDefault(TableOperation):
    column: str
    default: Expression

    def sql(self) -> str:
        return f"{self.column_head(self.column)} SET DEFAULT {self.default.sql()}"


@dataclass(frozen=True, slots=True)
class DropDefault(TableOperation):
    column: str

    def sql(self) -> str:
        return f"{self.column_head(self.column)} DROP DEFAULT"


@dataclass(frozen=True, slots=True)
class AddIdentity(TableOperation):
    column: str
    generation: Generation
    options: str = ""

    def sql(self) -> str:
        options = f" ({self.options})" if self.options else ""
        return f"{self.column_head(self.column)} ADD {self.generation.value}{options}"


@dataclass(frozen=True, slots=True)
class ChangeIdentity(TableOperation):
    """ALTER COLUMN … SET GENERATED, SET START, RESTART …: *options* as written."""

    column: str
    options: str

    def sql(self) -> str:
        return f"{self.column_head(self.column)} {self.options}"


@dataclass(frozen=True, slots=True)
class DropIdentity(TableOperation):
    column: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{self.column_head(self.column)} DROP IDENTITY{' IF EXISTS' * self.if_exists}"


@dataclass(frozen=True, slots=True)
class SetExpression(TableOperation):
    """ALTER COLUMN … SET EXPRESSION AS (…) of a generated column (PostgreSQL 17)."""

    column: str
    expression: Expression

    def sql(self) -> str:
        return f"{self.column_head(self.column)} SET EXPRESSION AS ({self.expression.sql()})"


@dataclass(frozen=True, slots=True)
class DropExpression(TableOperation):
    """ALTER COLUMN … DROP EXPRESSION: a stored generated column becomes a plain one."""

    column: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"{self.column_head(self.column)} DROP EXPRESSION{' IF EXISTS' * self.if_exists}"


@dataclass(frozen=True, slots=True)
class TuneColumn(AlterObject):
    """ALTER COLUMN … SET STATISTICS, STORAGE, COMPRESSION or options: how *column* is analysed and stored.

    *values* are what is set, each by its name; None stands for the default. No *column* is that of an index.
    """

    column: str = ""
    values: tuple[tuple[str, str | None], ...] = ()


def _beside_column(constraint: Constraint) -> str:
    """A constraint of one column as it stands beside that column's definition."""
    match constraint:
        case ForeignKey():
            return constraint.sql().removeprefix(f"FOREIGN KEY {quoted_all(constraint.columns)} ")
        case Unique() | PrimaryKey():
            # neither a name of an index nor INCLUDE can stand there
            return constraint.sql().replace(f" {quoted_all(constraint.columns)}", "", 1)
        case _:
            return constraint.sql()
