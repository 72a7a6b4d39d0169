"""What the definition of a column does not say: its comment, its statistics, its storage, its privileges."""

from __future__ import annotations

from safemigrate.schema.model import Column, Table
from safemigrate.schema.name import Name, literal, quoted
from safemigrate.schema.operations import Comment, Operation, TuneColumn
from safemigrate.schema.privileges import given

_ON_TABLES = ("CONSTRAINT", "TRIGGER", "POLICY")


def endowed(table: Name, column: Column) -> tuple[Operation, ...]:
    """The statements that give a plain column of *table* what *column* has beside its definition."""
    said = (comment("COLUMN", Name(column.name), table, column.comment),) if column.comment is not None else ()
    grants = given("TABLE", table, column.grants, column=column.name)
    return (*tuned(table, column.name, column.tuning), *said, *grants)


def tuned(table: Name, column: str, values: tuple[tuple[str, str | None], ...]) -> tuple[TuneColumn, ...]:
    """The statements that set *values* of a column, those that are None to their default."""
    return tuple(_tuned(table, column, name, value) for name, value in values)


def _tuned(table: Name, column: str, name: str, value: str | None) -> TuneColumn:
    head = f"ALTER TABLE {table.sql()} ALTER COLUMN {quoted(column)}"
    match name:
        case "STATISTICS":
            kind, text = f"SET {name}", f"{head} SET STATISTICS {'-1' if value is None else value}"
        case "STORAGE" | "COMPRESSION":
            kind, text = f"SET {name}", f"{head} SET {name} {value or 'DEFAULT'}"
        case _:
            kind = "SET STORAGE PARAMETERS"
            text = f"{head} RESET ({name})" if value is None else f"{head} SET ({name} = {value})"
    return TuneColumn(kind, table, text, table, column, ((name, value),))


def comment(about: str, name: Name, table: Name | None, said: str | None) -> Comment:
    """The statement that says *said* of something, or no longer says anything of it. *about* and *table* are those
    of Comment."""
    named, on = name.sql(), ""
    if about == "COLUMN" and table is not None:
        named = f"{table.sql()}.{quoted(name.name)}"
    elif about in _ON_TABLES and table is not None:
        on = f" ON {table.sql()}"
    text = f"COMMENT ON {about} {named}{on} IS {'NULL' if said is None else literal(said)}"
    return Comment("COMMENT", name, text, table, about, said)


def said_of(table: Table, about: str, name: str) -> tuple[Comment, ...]:
    """The statement that says again what is said of an index, constraint, trigger or policy of *table*."""
    said = table.comments.get((about, name))
    if said is None:
        return ()
    if about == "INDEX":
        return (comment(about, table.name.beside(name), None, said),)
    return (comment(about, Name(name), table.name, said),)
