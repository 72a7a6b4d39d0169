"""Operations on domains and composite types."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.model import Check, Expression, NotNullConstraint, Type
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations.base import Operation, cascade_words, if_exists_words
from safemigrate.schema.operations.objects import AlterObject, CreateObject


@dataclass(frozen=True, slots=True)
class CreateDomain(CreateObject):
    """CREATE DOMAIN over *type*."""

    type: Type | None = None
    default: Expression | None = None
    not_null: bool = False
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class AddDomainConstraint(Operation):
    """ALTER DOMAIN … ADD CONSTRAINT."""

    domain: Name
    constraint: Check | NotNullConstraint

    def sql(self) -> str:
        named = f"CONSTRAINT {quoted(self.constraint.name)} " if self.constraint.name else ""
        text = self.constraint.sql() if isinstance(self.constraint, Check) else "NOT NULL"
        return f"ALTER DOMAIN {self.domain.sql()} ADD {named}{text}{'' if self.constraint.valid else ' NOT VALID'}"


@dataclass(frozen=True, slots=True)
class ValidateDomainConstraint(Operation):
    domain: Name
    name: str

    def sql(self) -> str:
        return f"ALTER DOMAIN {self.domain.sql()} VALIDATE CONSTRAINT {quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class DropDomainConstraint(Operation):
    domain: Name
    name: str
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"ALTER DOMAIN {self.domain.sql()} DROP CONSTRAINT {if_exists_words(self.if_exists)}{quoted(self.name)}"
            f"{cascade_words(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class SetDomainNotNull(Operation):
    """ALTER DOMAIN … SET NOT NULL, or DROP NOT NULL where *required* is False."""

    domain: Name
    required: bool = True

    def sql(self) -> str:
        return f"ALTER DOMAIN {self.domain.sql()} {'SET' if self.required else 'DROP'} NOT NULL"


@dataclass(frozen=True, slots=True)
class ChangeDomainDefault(AlterObject):
    """ALTER DOMAIN … SET DEFAULT, or DROP DEFAULT where *default* is None: columns made later get it."""

    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class ChangeComposite(AlterObject):
    """ALTER TYPE … ADD, DROP, ALTER or RENAME ATTRIBUTE, as *action* says."""

    action: str = ""
    attribute: str = ""
    cascade: bool = False
