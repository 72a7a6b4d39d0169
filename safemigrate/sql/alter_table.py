"""ALTER TABLE: one operation an action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from safemigrate.schema.model import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    Generation,
    NotNullConstraint,
    PrimaryKey,
    Unique,
)
from safemigrate.schema.name import Name
from safemigrate.schema.operations import (
    AddCheck,
    AddColumn,
    AddConstraint,
    AddExclusion,
    AddForeignKey,
    AddIdentity,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AlterObject,
    ChangeIdentity,
    ChangeType,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIdentity,
    DropNotNull,
    MoveTable,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameTable,
    SetDefault,
    SetNotNull,
    Unreadable,
    ValidateConstraint,
)
from safemigrate.sql.columns import collation, column_definition, identity, identity_options
from safemigrate.sql.constraints import TABLE_CONSTRAINTS, table_constraint
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.expressions import expression
from safemigrate.sql.sequences import options_of_sequence
from safemigrate.sql.types import read_type


@dataclass(frozen=True, slots=True)
class _Target:
    """The table that is altered, and the text up to the first action."""

    table: Name
    head: str
    if_exists: bool
    only: bool


def alter_table(cursor: Cursor) -> tuple[Operation, ...]:
    """The operations of an ALTER TABLE, from behind the word TABLE to the end.

    An action that is not read is Unreadable; those beside it are read all the same.
    """
    if_exists = cursor.accept("IF", "EXISTS")
    only = cursor.accept("ONLY")
    table = cursor.qualified()
    cursor.accept("*")
    target = _Target(table, cursor.since(0), if_exists, only)
    return tuple(_action(part, target) for part in cursor.parts())


def _action(cursor: Cursor, target: _Target) -> Operation:
    text = f"{target.head} {cursor.text}"
    try:
        word = cursor.accept_any(*_ACTIONS)
        if not word:
            raise _unknown(cursor)
        operation = _ACTIONS[word](cursor, target, text)
        cursor.finish()
    except NotRead as error:
        return Unreadable(text, error.reason)
    return operation


def _unknown(cursor: Cursor, *before: str) -> NotRead:
    """The error that names an action by its keywords."""
    words = list(before)
    while cursor.sees_any(_KEYWORDS):
        words.append(cursor.advance().key)
    return NotRead(f"ALTER TABLE … {' '.join(words)} is not read yet".replace("…  is", "… is"))


_KEYWORDS = frozenset(
    """
    ACCESS ALWAYS ATTACH CLUSTER CONSTRAINT DETACH DISABLE DROP ENABLE EXPRESSION FORCE IDENTITY INHERIT LEVEL LOGGED
    METHOD NO NOT OF ON OPTIONS PARTITION REPLICA ROW RULE SECURITY SET TABLESPACE TRIGGER UNLOGGED WITHOUT OIDS
    """.split()
)


# -- the actions ---------------------------------------------------------------------------------------------


def _add(cursor: Cursor, target: _Target, text: str) -> Operation:
    if cursor.sees_any(TABLE_CONSTRAINTS) or cursor.sees("NOT", "NULL"):
        return _add_constraint(cursor, target)
    cursor.accept("COLUMN")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    column = column_definition(cursor)
    if not column.whole:
        raise NotRead("storage, compression or timing beside a new column is not read yet")
    return AddColumn(target.table, column.column, column.constraints, if_not_exists)


_ADDITIONS: dict[type[Constraint], Callable[..., AddConstraint]] = {
    Check: AddCheck,
    NotNullConstraint: AddNotNull,
    Unique: AddUnique,
    PrimaryKey: AddPrimaryKey,
    ForeignKey: AddForeignKey,
    Exclusion: AddExclusion,
}


def _add_constraint(cursor: Cursor, target: _Target) -> Operation:
    written = table_constraint(cursor)
    if not written.whole:
        raise NotRead("storage parameters of a constraint are not read yet")
    constraint = written.constraint
    if isinstance(constraint, Check | ForeignKey | NotNullConstraint) and cursor.accept("NOT", "VALID"):
        constraint = replace(constraint, valid=False)
    return _ADDITIONS[type(constraint)](target.table, constraint, target.only)


def _drop(cursor: Cursor, target: _Target, text: str) -> Operation:
    if cursor.accept("CONSTRAINT"):
        if_exists = cursor.accept("IF", "EXISTS")
        return DropConstraint(target.table, cursor.name(), if_exists, cascade(cursor))
    cursor.accept("COLUMN")
    if_exists = cursor.accept("IF", "EXISTS")
    return DropColumn(target.table, cursor.name(), if_exists, cascade(cursor))


def cascade(cursor: Cursor) -> bool:
    """Passes CASCADE or RESTRICT and tells whether it was CASCADE."""
    return cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"


def _validate(cursor: Cursor, target: _Target, text: str) -> Operation:
    cursor.expect("CONSTRAINT")
    return ValidateConstraint(target.table, cursor.name())


def _rename(cursor: Cursor, target: _Target, text: str) -> Operation:
    if cursor.accept("TO"):
        return RenameTable(target.table, cursor.name(), target.if_exists)
    if cursor.accept("CONSTRAINT"):
        name = cursor.name()
        cursor.expect("TO")
        return RenameConstraint(target.table, name, cursor.name())
    cursor.accept("COLUMN")
    column = cursor.name()
    cursor.expect("TO")
    return RenameColumn(target.table, column, cursor.name())


def _owner(cursor: Cursor, target: _Target, text: str) -> Operation:
    cursor.expect("TO")
    cursor.label()
    return AlterObject("OWNER TO", target.table, text, target.table)


def _set(cursor: Cursor, target: _Target, text: str) -> Operation:
    if cursor.accept("SCHEMA"):
        return MoveTable(target.table, cursor.name(), target.if_exists)
    if cursor.sees("("):
        return _parameters(cursor, target, text)
    raise _unknown(cursor, "SET")


def _reset(cursor: Cursor, target: _Target, text: str) -> Operation:
    return _parameters(cursor, target, text)


def _parameters(cursor: Cursor, target: _Target, text: str) -> Operation:
    cursor.items()
    return AlterObject("SET STORAGE PARAMETERS", target.table, text, target.table)


# -- ALTER COLUMN --------------------------------------------------------------------------------------------


def _alter_column(cursor: Cursor, target: _Target, text: str) -> Operation:
    if cursor.sees("CONSTRAINT"):
        raise _unknown(cursor, "ALTER")
    cursor.accept("COLUMN")
    column = cursor.name()
    for words, read in _COLUMN_ACTIONS:
        if cursor.accept(*words):
            return read(cursor, target, column, text)
    if cursor.token(1).key == "(" and cursor.accept_any("SET", "RESET"):
        return _parameters(cursor, target, text)
    options = cursor.text
    if options_of_sequence(cursor):
        return ChangeIdentity(target.table, column, options)
    raise _unknown(cursor, "ALTER COLUMN")


def _type(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    type_ = read_type(cursor)
    collated = collation(cursor) if cursor.accept("COLLATE") else None
    using = expression(cursor.rest()) if cursor.accept("USING") else None
    return ChangeType(target.table, column, type_, using, collated)


def _set_not_null(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    return SetNotNull(target.table, column)


def _drop_not_null(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    return DropNotNull(target.table, column)


def _set_default(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    return SetDefault(target.table, column, expression(cursor.rest()))


def _drop_default(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    return DropDefault(target.table, column)


def _add_identity(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    generation: Generation | None = identity(cursor)
    if generation is None:
        raise cursor.surprise("an identity")
    return AddIdentity(target.table, column, generation, identity_options(cursor))


def _drop_identity(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    return DropIdentity(target.table, column, cursor.accept("IF", "EXISTS"))


def _statistics(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    if not cursor.accept("DEFAULT"):
        cursor.accept("-")
        cursor.advance()
    return AlterObject("SET STATISTICS", target.table, text, target.table)


def _storage(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    cursor.label()
    return AlterObject("SET STORAGE", target.table, text, target.table)


def _compression(cursor: Cursor, target: _Target, column: str, text: str) -> Operation:
    cursor.label()
    return AlterObject("SET COMPRESSION", target.table, text, target.table)


_COLUMN_ACTIONS: tuple[tuple[tuple[str, ...], Callable[[Cursor, _Target, str, str], Operation]], ...] = (
    (("TYPE",), _type),
    (("SET", "DATA", "TYPE"), _type),
    (("SET", "NOT", "NULL"), _set_not_null),
    (("DROP", "NOT", "NULL"), _drop_not_null),
    (("SET", "DEFAULT"), _set_default),
    (("DROP", "DEFAULT"), _drop_default),
    (("ADD", "GENERATED"), _add_identity),
    (("DROP", "IDENTITY"), _drop_identity),
    (("SET", "STATISTICS"), _statistics),
    (("SET", "STORAGE"), _storage),
    (("SET", "COMPRESSION"), _compression),
)
_ACTIONS: dict[str, Callable[[Cursor, _Target, str], Operation]] = {
    "ADD": _add,
    "DROP": _drop,
    "VALIDATE": _validate,
    "RENAME": _rename,
    "OWNER": _owner,
    "SET": _set,
    "RESET": _reset,
    "ALTER": _alter_column,
}
