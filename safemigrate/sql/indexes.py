"""CREATE INDEX and ALTER INDEX."""

from __future__ import annotations

from safemigrate.schema.model import Index
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AlterObject, AttachIndex, CreateIndex, Operation, RenameIndex, SetTablespace
from safemigrate.sql.alter_column import alter_column
from safemigrate.sql.alter_table import move_all
from safemigrate.sql.columns import collation
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.expressions import expression
from safemigrate.sql.targets import Target
from safemigrate.sql.tokens import Kind


def create_index(cursor: Cursor, *, unique: bool) -> CreateIndex:
    """The operation of a CREATE INDEX, from behind the word INDEX to the end."""
    concurrently = cursor.accept("CONCURRENTLY")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = "" if cursor.sees("ON") else cursor.name()
    if if_not_exists and not name:
        raise cursor.surprise("the name of the index")
    cursor.expect("ON")
    only = cursor.accept("ONLY")
    table = cursor.qualified()
    method = cursor.name() if cursor.accept("USING") else "btree"
    elements = [_element(part) for part in cursor.items()]
    include = cursor.names() if cursor.accept("INCLUDE") else ()
    nulls_distinct = not cursor.accept("NULLS", "NOT", "DISTINCT")
    if nulls_distinct:
        cursor.accept("NULLS", "DISTINCT")
    options = _options(cursor)
    where = expression(cursor.rest()) if cursor.accept("WHERE") else None
    cursor.finish()
    index = Index(
        name,
        tuple(text for text, _ in elements),
        tuple(column for _, column in elements if column),
        unique,
        method,
        include,
        where,
        nulls_distinct,
        options,
    )
    return CreateIndex(table, index, concurrently, if_not_exists, only)


def _element(part: Cursor) -> tuple[str, str]:
    """The text of an element of an index, and its column where it is one."""
    column, text = "", part.text
    if part.sees("("):
        part.parenthesised()
    elif part.token(1).key == "(" or part.token(1).key == ".":
        # left and right are reserved, but not as names of functions
        part.label()
        if part.accept("."):
            part.label()
        part.parenthesised()
    else:
        column = part.name()
        text = " ".join(filter(None, (quoted(column), part.text)))
    _ordering(part)
    part.finish()
    return text, column


def _ordering(part: Cursor) -> None:
    """Passes what may follow an element: collation, operator class, direction, place of the nulls."""
    if part.accept("COLLATE"):
        collation(part)
    if part.token().kind in (Kind.WORD, Kind.QUOTED) and not part.sees_any(("ASC", "DESC", "NULLS")):
        part.qualified()
        if part.sees("("):
            part.items()
    part.accept_any("ASC", "DESC")
    if part.accept("NULLS") and not part.accept_any("FIRST", "LAST"):
        raise part.surprise("FIRST or LAST")


def _options(cursor: Cursor) -> str:
    start = cursor.place
    if cursor.accept("WITH"):
        cursor.items()
    if cursor.accept("TABLESPACE"):
        cursor.name()
    return cursor.since(start)


def alter_index(cursor: Cursor) -> Operation:
    """The operation of an ALTER INDEX, from behind the word INDEX to the end."""
    if cursor.accept("ALL", "IN", "TABLESPACE"):
        return move_all(cursor, "INDEX")
    if_exists = cursor.accept("IF", "EXISTS")
    index = cursor.qualified()
    operation: Operation
    if cursor.accept("RENAME", "TO"):
        operation = RenameIndex(index, cursor.name(), if_exists)
    elif cursor.token(1).key == "(" and cursor.accept_any("SET", "RESET"):
        cursor.items()
        operation = AlterObject("SET STORAGE PARAMETERS", index, cursor.source)
    elif cursor.accept("SET", "TABLESPACE"):
        operation = SetTablespace("INDEX", index, cursor.name(), if_exists)
    elif cursor.accept("ATTACH", "PARTITION"):
        operation = AttachIndex(index, cursor.qualified())
    elif cursor.accept("ALTER"):
        cursor.accept("COLUMN")
        operation = alter_column(cursor, Target(index, "ALTER INDEX"), cursor.source)
        if not isinstance(operation, AlterObject):
            raise NotRead("this change of an index is not read yet")
        operation = AlterObject(operation.kind, index, cursor.source)
    elif cursor.accept("DEPENDS", "ON", "EXTENSION") or cursor.accept("NO", "DEPENDS", "ON", "EXTENSION"):
        cursor.name()
        operation = AlterObject("DEPENDS ON EXTENSION", index, cursor.source)
    else:
        raise NotRead(f"ALTER INDEX … {cursor.token().key} is not read yet")
    cursor.finish()
    return operation
