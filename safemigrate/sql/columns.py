"""Column definitions of CREATE TABLE and ADD COLUMN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from safemigrate.schema.model import Answer, Column, Constraint, Expression, Generation, NotNullConstraint
from safemigrate.schema.name import quoted
from safemigrate.sql.constraints import check, column_primary_key, column_unique, references
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.expressions import expression, read_expression
from safemigrate.sql.types import read_type, serial_type

#: what ends a DEFAULT. Source: PostgreSQL 15, gram.y, ColConstraintElem over b_expr
ENDS_DEFAULT = (
    "CHECK COLLATE COMPRESSION CONSTRAINT DEFERRABLE GENERATED INITIALLY NOT NULL PRIMARY REFERENCES STORAGE UNIQUE"
).split()


@dataclass(frozen=True, slots=True)
class WrittenColumn:
    """A column with the constraints beside it."""

    column: Column
    constraints: tuple[Constraint, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A column while its definition is read."""

    name: str
    nullable: Answer = Answer.YES
    default: Expression | None = None
    generation: Generation | None = None
    generation_text: str = ""
    collation: str | None = None
    tuning: dict[str, str] = field(default_factory=dict)
    options: str = ""
    not_null: str = ""
    constraints: list[Constraint] = field(default_factory=list)


def column_definition(cursor: Cursor) -> WrittenColumn:
    """Passes a column definition to the end of *cursor*."""
    draft = _Draft(cursor.name())
    type_ = serial_type(cursor)
    if type_ is not None:
        draft.generation, draft.nullable = Generation.SERIAL, Answer.NO
    else:
        type_ = read_type(cursor)
    _parts(cursor, draft)
    column = Column(
        draft.name,
        type_,
        draft.nullable,
        draft.default,
        draft.generation,
        draft.generation_text,
        draft.collation,
        options=draft.options,
        tuning=tuple(sorted(draft.tuning.items())),
        not_null=draft.not_null,
    )
    return WrittenColumn(column, tuple(draft.constraints))


def typed_column(cursor: Cursor) -> tuple[Constraint, ...]:
    """Passes what CREATE TABLE … OF adds to a column and returns the constraints among it, NOT NULL too."""
    draft = _Draft(cursor.name())
    cursor.accept("WITH", "OPTIONS")
    _parts(cursor, draft)
    required = [NotNullConstraint("", draft.name)] if draft.nullable is Answer.NO else []
    return (*required, *draft.constraints)


def _parts(cursor: Cursor, draft: _Draft) -> None:
    while not cursor.done:
        constraint_name = cursor.name() if cursor.accept("CONSTRAINT") else ""
        kind = cursor.accept_any(*_PARTS)
        if not kind:
            raise cursor.surprise("a constraint of the column")
        _PARTS[kind](cursor, draft, constraint_name)


def _not(cursor: Cursor, draft: _Draft, name: str) -> None:
    cursor.expect("NULL")
    draft.nullable = Answer.NO
    # before PostgreSQL 18 the name of a NOT NULL is read and forgotten
    named = f"CONSTRAINT {quoted(name)} " if name else ""
    inherit = " NO INHERIT" * cursor.accept("NO", "INHERIT")
    draft.not_null = f"{named}NOT NULL{inherit}" if named or inherit else ""


def _null(cursor: Cursor, draft: _Draft, name: str) -> None:
    if draft.nullable is Answer.NO:
        raise NotRead("a column that is both NULL and NOT NULL is not read")


def _default(cursor: Cursor, draft: _Draft, name: str) -> None:
    start = cursor.place
    cursor.pass_one()
    cursor.until(*ENDS_DEFAULT)
    draft.default = read_expression(cursor.since(start))


def _collate(cursor: Cursor, draft: _Draft, name: str) -> None:
    draft.collation = collation(cursor)


def collation(cursor: Cursor) -> str:
    """Passes the name of a collation and returns it as written."""
    start = cursor.place
    cursor.qualified()
    return cursor.since(start)


def _generated(cursor: Cursor, draft: _Draft, name: str) -> None:
    if draft.generation is not None:
        raise NotRead("a column that is generated twice is not read")
    generation = identity(cursor)
    if generation is not None:
        draft.generation, draft.nullable = generation, Answer.NO
        draft.generation_text = identity_options(cursor)
        return
    cursor.expect("ALWAYS", "AS")
    draft.generation_text = expression(cursor.parenthesised()).text
    draft.generation = Generation.STORED if cursor.accept("STORED") else Generation.VIRTUAL
    cursor.accept("VIRTUAL")


def identity(cursor: Cursor) -> Generation | None:
    """Passes what follows GENERATED where an identity is meant."""
    if cursor.accept("ALWAYS", "AS", "IDENTITY"):
        return Generation.IDENTITY_ALWAYS
    if cursor.accept("BY", "DEFAULT", "AS", "IDENTITY"):
        return Generation.IDENTITY_BY_DEFAULT
    return None


def identity_options(cursor: Cursor) -> str:
    """Passes the options of an identity, in parentheses, and returns what is between them."""
    return cursor.parenthesised().text if cursor.sees("(") else ""


def _check(cursor: Cursor, draft: _Draft, name: str) -> None:
    draft.constraints.append(check(cursor, name))


def _unique(cursor: Cursor, draft: _Draft, name: str) -> None:
    draft.constraints.append(column_unique(cursor, name, draft.name))


def _primary(cursor: Cursor, draft: _Draft, name: str) -> None:
    cursor.expect("KEY")
    draft.nullable = Answer.NO
    draft.constraints.append(column_primary_key(cursor, name, draft.name))


def _references(cursor: Cursor, draft: _Draft, name: str) -> None:
    draft.constraints.append(references(cursor, name, (draft.name,)))


def _storage(cursor: Cursor, draft: _Draft, name: str) -> None:
    _tuned(draft, "STORAGE", cursor.label().upper())


def _compression(cursor: Cursor, draft: _Draft, name: str) -> None:
    _tuned(draft, "COMPRESSION", cursor.label().upper())


def _tuned(draft: _Draft, name: str, value: str) -> None:
    if value != "DEFAULT":
        draft.tuning[name] = value


def _options(cursor: Cursor, draft: _Draft, name: str) -> None:
    """Those of a column of a foreign table."""
    start = cursor.place
    cursor.items()
    draft.options = f"OPTIONS {cursor.since(start)}"


_PARTS: dict[str, Callable[[Cursor, _Draft, str], None]] = {
    "NOT": _not,
    "NULL": _null,
    "DEFAULT": _default,
    "COLLATE": _collate,
    "GENERATED": _generated,
    "CHECK": _check,
    "UNIQUE": _unique,
    "PRIMARY": _primary,
    "REFERENCES": _references,
    "STORAGE": _storage,
    "COMPRESSION": _compression,
    "OPTIONS": _options,
}
