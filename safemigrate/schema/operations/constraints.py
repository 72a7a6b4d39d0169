"""Operations on constraints. Each kind of constraint has an operation of its own, for the rules to name."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.model import Check, Constraint, Exclusion, ForeignKey, NotNullConstraint, PrimaryKey, Unique
from safemigrate.schema.name import quoted
from safemigrate.schema.operations.base import TableOperation, cascade_words, if_exists_words


@dataclass(frozen=True, slots=True)
class AddConstraint(TableOperation):
    """ALTER TABLE … ADD CONSTRAINT; each kind of constraint has an operation of its own below."""

    constraint: Constraint

    def sql(self) -> str:
        named = f"CONSTRAINT {quoted(self.constraint.name)} " if self.constraint.name else ""
        # what is not enforced is not valid either, and need not say so
        valid = getattr(self.constraint, "valid", True) or not getattr(self.constraint, "enforced", True)
        return f"{self.head()} ADD {named}{self.constraint.sql()}{'' if valid else ' NOT VALID'}"


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
class ValidateConstraint(TableOperation):
    name: str

    def sql(self) -> str:
        return f"{self.head()} VALIDATE CONSTRAINT {quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class DropConstraint(TableOperation):
    name: str
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"{self.head()} DROP CONSTRAINT {if_exists_words(self.if_exists)}{quoted(self.name)}"
            f"{cascade_words(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameConstraint(TableOperation):
    name: str
    new_name: str

    def sql(self) -> str:
        return f"{self.head()} RENAME CONSTRAINT {quoted(self.name)} TO {quoted(self.new_name)}"


@dataclass(frozen=True, slots=True)
class ChangeConstraint(TableOperation):
    """ALTER CONSTRAINT: when a key is checked, or (PostgreSQL 18) whether. *options* as written."""

    name: str
    options: str

    def sql(self) -> str:
        return f"{self.head()} ALTER CONSTRAINT {quoted(self.name)} {self.options}"
