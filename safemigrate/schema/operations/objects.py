"""Operations on types, schemas, sequences, views, functions and triggers."""

from __future__ import annotations

from dataclasses import dataclass, field

from safemigrate.schema.model import EnumType
from safemigrate.schema.name import Name, literal, quoted
from safemigrate.schema.operations.base import Operation, cascade_words, if_exists_words


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
    #: the statement, where *name* is none: a cast, an operator
    text: str = ""
    #: the types of a function's arguments, None where they were not written
    arguments: tuple[str, ...] | None = None

    def sql(self) -> str:
        if self.text:
            return self.text
        on = f" ON {self.table.sql()}" if self.table else ""
        return (
            f"DROP {self.kind} {if_exists_words(self.if_exists)}{self.name.sql()}{self.signature}{on}"
            f"{cascade_words(self.cascade)}"
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
    temporary: bool = False

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class AlterObject(Operation):
    """ALTER, COMMENT, GRANT … that no rule asks about in detail, by its text: read, and known to be instant.

    *table* is the table it locks with *lock*, where there is one. Of a function, *routine* is PostgreSQL's word for
    it, and *arguments* are those of DropObject.
    """

    kind: str
    name: Name
    text: str
    table: Name | None = None
    routine: str = field(default="", kw_only=True)
    arguments: tuple[str, ...] | None = field(default=None, kw_only=True)

    def sql(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Comment(AlterObject):
    """COMMENT ON what *about* says (TABLE, COLUMN, INDEX …). *said* is None where the comment is taken away."""

    about: str = ""
    said: str | None = None


@dataclass(frozen=True, slots=True)
class RenameObject(Operation):
    """ALTER … RENAME TO of what is neither table, column, index, constraint nor type: view, sequence, function …

    *signature*, *table* and *arguments* are those of DropObject.
    """

    kind: str
    name: Name
    new_name: str
    if_exists: bool = False
    signature: str = ""
    table: Name | None = None
    arguments: tuple[str, ...] | None = None

    def sql(self) -> str:
        on = f" ON {self.table.sql()}" if self.table else ""
        return (
            f"ALTER {self.kind} {if_exists_words(self.if_exists)}{self.name.sql()}{self.signature}{on}"
            f" RENAME TO {quoted(self.new_name)}"
        )


@dataclass(frozen=True, slots=True)
class MoveObject(Operation):
    """ALTER … SET SCHEMA of anything but a table."""

    kind: str
    name: Name
    new_schema: str
    if_exists: bool = False
    signature: str = ""
    arguments: tuple[str, ...] | None = None

    def sql(self) -> str:
        return (
            f"ALTER {self.kind} {if_exists_words(self.if_exists)}{self.name.sql()}{self.signature}"
            f" SET SCHEMA {quoted(self.new_schema)}"
        )
