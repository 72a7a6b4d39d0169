"""Operations on constraints. Each kind of constraint has an operation of its own, for the rules to name."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.model import Check, Constraint, Exclusion, ForeignKey, NotNullConstraint, PrimaryKey, Unique
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import Operation, alter_table, cascade_words, if_exists_words


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
        return f"{alter_table(self.table)} VALIDATE CONSTRAINT {quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class DropConstraint(Operation):
    table: Name
    name: str
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"{alter_table(self.table)} DROP CONSTRAINT {if_exists_words(self.if_exists)}{quoted(self.name)}"
            f"{cascade_words(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameConstraint(Operation):
    table: Name
    name: str
    new_name: str

    def sql(self) -> str:
        return f"{alter_table(self.table)} RENAME CONSTRAINT {quoted(self.name)} TO {quoted(self.new_name)}"


@dataclass(frozen=True, slots=True)
class ChangeConstraint(Operation):
    """ALTER CONSTRAINT: when a key is checked, or (PostgreSQL 18) whether. *options* as written."""

    table: Name
    name: str
    options: str

    def sql(self) -> str:
        return f"{alter_table(self.table)} ALTER CONSTRAINT {quoted(self.name)} {self.options}"
