"""CREATE TABLE in all its forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from safemigrate.schema.model import Answer, Column, Constraint, PrimaryKey
from safemigrate.schema.operations import CreateTable
from safemigrate.sql.columns import column_definition
from safemigrate.sql.constraints import TABLE_CONSTRAINTS, table_constraint
from safemigrate.sql.cursor import Cursor, NotRead

_QUERIES = ("SELECT", "WITH", "TABLE", "VALUES", "EXECUTE", "(")


@dataclass(slots=True)
class _Body:
    """What stands between the parentheses. *whole* is False where the values do not say everything."""

    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    whole: bool = True
    #: LIKE brings columns that are not listed
    listed: bool = True


def create_table(cursor: Cursor, *, temporary: bool, unlogged: bool) -> CreateTable:
    """The operation of a CREATE TABLE, from behind the word TABLE to the end."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    made = CreateTable(
        cursor.qualified(),
        if_not_exists=if_not_exists,
        temporary=temporary,
        unlogged=unlogged,
        text=cursor.source.strip(),
    )
    if cursor.accept("PARTITION", "OF"):
        return _partition(cursor, made)
    if cursor.accept("OF"):
        return _of_type(cursor, made)
    if _is_query(cursor):
        return _from_query(cursor, made)
    return _listed(cursor, made)


def _listed(cursor: Cursor, made: CreateTable) -> CreateTable:
    parenthesis = cursor.parenthesised()
    body = _body(() if parenthesis.done else parenthesis.parts())
    inherits = cursor.accept("INHERITS")
    if inherits:
        cursor.items()
    partitioned = _partitioning(cursor)
    plain = not _settings(cursor) and not inherits and not partitioned
    cursor.finish()
    complete = body.listed and not inherits
    bare = not (made.if_not_exists or made.temporary or made.unlogged)
    return replace(
        made,
        # columns that are not listed make the list of no use: a table without columns and with text is not known
        columns=_keyed(body.columns, body.constraints) if complete else (),
        constraints=tuple(body.constraints),
        partitioned=partitioned,
        text="" if plain and body.whole and bare and complete else made.text,
    )


def _body(parts: Iterable[Cursor]) -> _Body:
    body = _Body()
    for part in parts:
        if part.accept("LIKE"):
            part.qualified()
            while part.accept_any("INCLUDING", "EXCLUDING"):
                part.label()
            body.listed = False
        elif part.sees_any(TABLE_CONSTRAINTS) or part.sees("NOT", "NULL"):
            constraint = table_constraint(part)
            body.constraints.append(constraint.constraint)
            body.whole = body.whole and constraint.whole
        else:
            column = column_definition(part)
            body.columns.append(column.column)
            body.constraints += column.constraints
            body.whole = body.whole and column.whole
        part.finish()
    return body


def _keyed(columns: Iterable[Column], constraints: Iterable[Constraint]) -> tuple[Column, ...]:
    """The columns; those of the primary key take no NULL."""
    key = {name for constraint in constraints if isinstance(constraint, PrimaryKey) for name in constraint.columns}
    return tuple(replace(column, nullable=Answer.NO) if column.name in key else column for column in columns)


def _partition(cursor: Cursor, made: CreateTable) -> CreateTable:
    parent = cursor.qualified()
    if cursor.sees("("):
        cursor.parenthesised()
    if cursor.accept("FOR", "VALUES"):
        for words in (("FROM",), ("TO",), ("IN",), ("WITH",)):
            if cursor.accept(*words):
                cursor.items()
    else:
        cursor.expect("DEFAULT")
    partitioned = _partitioning(cursor)
    _settings(cursor)
    cursor.finish()
    return replace(made, partition_of=parent, partitioned=partitioned)


def _of_type(cursor: Cursor, made: CreateTable) -> CreateTable:
    cursor.qualified()
    if cursor.sees("("):
        cursor.parenthesised()
    partitioned = _partitioning(cursor)
    _settings(cursor)
    cursor.finish()
    return replace(made, partitioned=partitioned)


def _is_query(cursor: Cursor) -> bool:
    ahead = cursor.fork()
    ahead.until("AS")
    return ahead.accept("AS") and ahead.sees_any(_QUERIES)


def _from_query(cursor: Cursor, made: CreateTable) -> CreateTable:
    if cursor.sees("("):
        cursor.names()
    _settings(cursor)
    cursor.expect("AS")
    if not cursor.sees_any(_QUERIES) or cursor.sees("EXECUTE"):
        raise NotRead("CREATE TABLE AS EXECUTE is not read yet")
    cursor.rest()
    return made


def _partitioning(cursor: Cursor) -> bool:
    if not cursor.accept("PARTITION", "BY"):
        return False
    cursor.name()
    cursor.items()
    return True


def _settings(cursor: Cursor) -> bool:
    """Passes USING, WITH, ON COMMIT and TABLESPACE, and tells whether any was there."""
    start = cursor.place
    if cursor.accept("USING"):
        cursor.name()
    if cursor.accept("WITH"):
        cursor.parenthesised()
    else:
        cursor.accept("WITHOUT", "OIDS")
    if cursor.accept("ON", "COMMIT") and not cursor.accept("DROP"):
        cursor.accept_any("PRESERVE", "DELETE")
        cursor.expect("ROWS")
    if cursor.accept("TABLESPACE"):
        cursor.name()
    return cursor.place > start
