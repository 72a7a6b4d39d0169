"""ALTER TABLE: one operation an action."""

from __future__ import annotations

from collections.abc import Callable

from safemigrate.schema.model import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
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
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AlterObject,
    AttachPartition,
    ChangeConstraint,
    DetachPartition,
    DropColumn,
    DropConstraint,
    MoveTable,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameTable,
    SetAccessMethod,
    SetInheritance,
    SetLogged,
    SetReplicaIdentity,
    SetRowSecurity,
    SetTablespace,
    ToggleTrigger,
    Unreadable,
    ValidateConstraint,
)
from safemigrate.sql.alter_column import alter_column
from safemigrate.sql.columns import column_definition
from safemigrate.sql.constraints import constraint_attributes, sees_constraint, table_constraint
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.targets import Target, unknown
from safemigrate.sql.tokens import Kind

# what PostgreSQL's grammar takes only alone
_ALONE = frozenset({"RENAME", "ATTACH", "DETACH"})


def alter_table(cursor: Cursor) -> tuple[Operation, ...]:
    """The operations of an ALTER TABLE, from behind the word TABLE to the end.

    An action that is not read is Unreadable; those beside it are read all the same.
    """
    if cursor.accept("ALL", "IN", "TABLESPACE"):
        return (move_all(cursor, "TABLE"),)
    return actions(cursor, _action)


def actions(cursor: Cursor, read: Callable[[Cursor, Target], Operation]) -> tuple[Operation, ...]:
    """The operations of an ALTER with several actions, from behind the kind of its object to the end."""
    if_exists = cursor.accept("IF", "EXISTS")
    only = cursor.accept("ONLY")
    bracketed = only and cursor.accept("(")
    table = cursor.qualified()
    if bracketed:
        cursor.expect(")")
    cursor.accept("*")
    target = Target(table, cursor.since(0), if_exists, only)
    parts = cursor.parts()
    if len(parts) > 1 and any(_stands_alone(part) for part in parts):
        raise NotRead("RENAME, SET SCHEMA, ATTACH and DETACH stand alone in a statement")
    return tuple(read(part, target) for part in parts)


def _stands_alone(part: Cursor) -> bool:
    return part.sees_any(_ALONE) or part.sees("SET", "SCHEMA")


def _action(cursor: Cursor, target: Target) -> Operation:
    text = f"{target.head} {cursor.text}"
    try:
        word = cursor.accept_any(*_ACTIONS)
        if not word:
            raise unknown(cursor)
        operation = _ACTIONS[word](cursor, target, text)
        cursor.finish()
    except NotRead as error:
        return Unreadable(text, error.reason)
    return operation


# -- the actions ---------------------------------------------------------------------------------------------


def _add(cursor: Cursor, target: Target, text: str) -> Operation:
    if sees_constraint(cursor):
        constraint = table_constraint(cursor)
        return _ADDITIONS[type(constraint)](target.table, constraint, **target.words)
    cursor.accept("COLUMN")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    column = column_definition(cursor)
    return AddColumn(target.table, column.column, column.constraints, if_not_exists, **target.words)


_ADDITIONS: dict[type[Constraint], Callable[..., AddConstraint]] = {
    Check: AddCheck,
    NotNullConstraint: AddNotNull,
    Unique: AddUnique,
    PrimaryKey: AddPrimaryKey,
    ForeignKey: AddForeignKey,
    Exclusion: AddExclusion,
}


def _drop(cursor: Cursor, target: Target, text: str) -> Operation:
    if cursor.accept("CONSTRAINT"):
        if_exists = cursor.accept("IF", "EXISTS")
        return DropConstraint(target.table, cursor.name(), if_exists, cascade(cursor), **target.words)
    cursor.accept("COLUMN")
    if_exists = cursor.accept("IF", "EXISTS")
    return DropColumn(target.table, cursor.name(), if_exists, cascade(cursor), **target.words)


def cascade(cursor: Cursor) -> bool:
    """Passes CASCADE or RESTRICT and tells whether it was CASCADE."""
    return cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"


def _validate(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("CONSTRAINT")
    return ValidateConstraint(target.table, cursor.name(), **target.words)


def _alter(cursor: Cursor, target: Target, text: str) -> Operation:
    if cursor.accept("CONSTRAINT"):
        name, start = cursor.name(), cursor.place
        constraint_attributes(cursor)
        return ChangeConstraint(target.table, name, cursor.since(start), **target.words)
    cursor.accept("COLUMN")
    return alter_column(cursor, target, text)


def _rename(cursor: Cursor, target: Target, text: str) -> Operation:
    if cursor.accept("TO"):
        return RenameTable(target.table, cursor.name(), target.if_exists)
    if cursor.accept("CONSTRAINT"):
        name = cursor.name()
        cursor.expect("TO")
        return RenameConstraint(target.table, name, cursor.name(), **target.words)
    cursor.accept("COLUMN")
    column = cursor.name()
    cursor.expect("TO")
    return RenameColumn(target.table, column, cursor.name(), **target.words)


def _owner(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("TO")
    cursor.label()
    return AlterObject("OWNER TO", target.table, text, target.table)


# -- SET -----------------------------------------------------------------------------------------------------


def _set(cursor: Cursor, target: Target, text: str) -> Operation:
    if cursor.accept("SCHEMA"):
        return MoveTable(target.table, cursor.name(), target.if_exists)
    if cursor.accept("TABLESPACE"):
        return SetTablespace("TABLE", target.table, cursor.name(), target.if_exists, target.only)
    if persistence := cursor.accept_any("LOGGED", "UNLOGGED"):
        return SetLogged(target.table, persistence == "LOGGED", **target.words)
    if cursor.accept("ACCESS", "METHOD"):
        method = None if cursor.accept("DEFAULT") else cursor.name()
        return SetAccessMethod(target.table, method, **target.words)
    if cursor.accept("WITHOUT", "CLUSTER"):
        return AlterObject("SET WITHOUT CLUSTER", target.table, text, target.table)
    if cursor.accept("WITHOUT", "OIDS"):
        return AlterObject("SET WITHOUT OIDS", target.table, text, target.table)
    if cursor.sees("("):
        return _parameters(cursor, target, text)
    raise unknown(cursor, "SET")


def _parameters(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.items()
    return AlterObject("SET STORAGE PARAMETERS", target.table, text, target.table)


def move_all(cursor: Cursor, kind: str) -> Operation:
    """The operation of ALTER … ALL IN TABLESPACE, from behind these words to the end."""
    name = Name(cursor.name())
    if cursor.accept("OWNED", "BY"):
        cursor.until("SET")
    cursor.expect("SET", "TABLESPACE")
    tablespace = cursor.name()
    cursor.accept("NOWAIT")
    cursor.finish()
    return SetTablespace(kind, name, tablespace, text=cursor.source)


# -- partitions and children ---------------------------------------------------------------------------------


def _attach(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("PARTITION")
    partition = cursor.qualified()
    return AttachPartition(target.table, partition, bound(cursor), **target.words)


def bound(cursor: Cursor) -> str:
    """Passes the bound of a partition and returns it as written."""
    start = cursor.place
    if cursor.accept("DEFAULT"):
        return cursor.since(start)
    cursor.expect("FOR", "VALUES")
    if cursor.accept("FROM"):
        cursor.items()
        cursor.expect("TO")
    elif not cursor.accept_any("IN", "WITH"):
        raise cursor.surprise("FROM, IN or WITH")
    cursor.items()
    return cursor.since(start)


def _detach(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("PARTITION")
    partition = cursor.qualified()
    how = cursor.accept_any("CONCURRENTLY", "FINALIZE")
    return DetachPartition(target.table, partition, how == "CONCURRENTLY", how == "FINALIZE", **target.words)


def _inherit(cursor: Cursor, target: Target, text: str) -> Operation:
    return SetInheritance(target.table, cursor.qualified(), **target.words)


def _no(cursor: Cursor, target: Target, text: str) -> Operation:
    if cursor.accept("INHERIT"):
        return SetInheritance(target.table, cursor.qualified(), inherits=False, **target.words)
    cursor.expect("FORCE", "ROW", "LEVEL", "SECURITY")
    return SetRowSecurity(target.table, "NO FORCE", **target.words)


def _of(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.qualified()
    return AlterObject("OF", target.table, text, target.table)


def _not(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("OF")
    return AlterObject("NOT OF", target.table, text, target.table)


# -- triggers, rules, row security, replication --------------------------------------------------------------


def _enable(cursor: Cursor, target: Target, text: str) -> Operation:
    when = cursor.accept_any("REPLICA", "ALWAYS")
    if cursor.sees_any(("TRIGGER", "RULE")):
        return _toggle(cursor, target, f"ENABLE {when}".strip())
    if when:
        raise cursor.surprise("TRIGGER or RULE")
    cursor.expect("ROW", "LEVEL", "SECURITY")
    return SetRowSecurity(target.table, "ENABLE", **target.words)


def _disable(cursor: Cursor, target: Target, text: str) -> Operation:
    if cursor.accept("ROW", "LEVEL", "SECURITY"):
        return SetRowSecurity(target.table, "DISABLE", **target.words)
    return _toggle(cursor, target, "DISABLE")


def _toggle(cursor: Cursor, target: Target, state: str) -> Operation:
    kind = cursor.accept_any("TRIGGER", "RULE")
    if not kind:
        raise cursor.surprise("TRIGGER or RULE")
    every = cursor.accept_any("ALL", "USER") if kind == "TRIGGER" and cursor.token().kind is Kind.WORD else ""
    if every and " " in state:
        raise cursor.surprise("the name of a trigger")
    name = None if every else cursor.name()
    return ToggleTrigger(target.table, state, name, every, kind, **target.words)


def _force(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("ROW", "LEVEL", "SECURITY")
    return SetRowSecurity(target.table, "FORCE", **target.words)


def _replica(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("IDENTITY")
    if cursor.accept("USING", "INDEX"):
        return SetReplicaIdentity(target.table, "INDEX", cursor.name(), **target.words)
    identity = cursor.accept_any("DEFAULT", "FULL", "NOTHING")
    if not identity:
        raise cursor.surprise("DEFAULT, FULL, NOTHING or USING INDEX")
    return SetReplicaIdentity(target.table, identity, **target.words)


def _cluster(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.expect("ON")
    cursor.name()
    return AlterObject("CLUSTER ON", target.table, text, target.table)


def _options(cursor: Cursor, target: Target, text: str) -> Operation:
    cursor.items()
    return AlterObject("OPTIONS", target.table, text, target.table)


_ACTIONS: dict[str, Callable[[Cursor, Target, str], Operation]] = {
    "ADD": _add,
    "DROP": _drop,
    "VALIDATE": _validate,
    "RENAME": _rename,
    "OWNER": _owner,
    "SET": _set,
    "RESET": _parameters,
    "ALTER": _alter,
    "ATTACH": _attach,
    "DETACH": _detach,
    "INHERIT": _inherit,
    "NO": _no,
    "OF": _of,
    "NOT": _not,
    "ENABLE": _enable,
    "DISABLE": _disable,
    "FORCE": _force,
    "REPLICA": _replica,
    "CLUSTER": _cluster,
    "OPTIONS": _options,
}
