"""CREATE TABLE in all its forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from safemigrate.schema.model import Answer, Check, Column, Constraint, ForeignKey, NotNullConstraint, PrimaryKey
from safemigrate.schema.name import Name
from safemigrate.schema.operations import CreateTable
from safemigrate.sql import asked
from safemigrate.sql.alter_table import bound
from safemigrate.sql.columns import column_definition, typed_column
from safemigrate.sql.constraints import sees_constraint, table_constraint
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.tokens import scan

LIKE_OPTIONS = frozenset(
    "COMMENTS COMPRESSION CONSTRAINTS DEFAULTS GENERATED IDENTITY INDEXES STATISTICS STORAGE".split()
)
_QUERIES = ("SELECT", "WITH", "TABLE", "VALUES", "EXECUTE", "(")


@dataclass(slots=True)
class _Body:
    """What stands between the parentheses."""

    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    like: list[Name] = field(default_factory=list)
    #: what every LIKE includes
    including: frozenset[str] = frozenset()


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
    parents = _parents(cursor) if cursor.accept("INHERITS") else ()
    partitioned = _partitioning(cursor)
    plain = not (_settings(cursor) or parents or partitioned or body.like)
    cursor.finish()
    bare = not (made.temporary or made.unlogged)
    return replace(
        made,
        columns=_keyed(body.columns, body.constraints),
        constraints=tuple(body.constraints),
        partitioned=partitioned,
        parents=parents,
        like=tuple(body.like),
        including=body.including,
        text="" if plain and bare else made.text,
    )


def _parents(cursor: Cursor) -> tuple[Name, ...]:
    parents = []
    for part in cursor.items():
        parents.append(part.qualified())
        part.finish()
    return tuple(parents)


def _body(parts: Iterable[Cursor]) -> _Body:
    body = _Body()
    for part in parts:
        if part.accept("LIKE"):
            _like(part, body)
        elif sees_constraint(part):
            body.constraints.append(_valid(table_constraint(part)))
        else:
            column = column_definition(part)
            body.columns.append(column.column)
            body.constraints += column.constraints
        part.finish()
    return body


def _like(part: Cursor, body: _Body) -> None:
    body.like.append(part.qualified())
    included: frozenset[str] = frozenset()
    while word := part.accept_any("INCLUDING", "EXCLUDING"):
        option = frozenset({part.label().upper()})
        if option == {"ALL"}:
            option = LIKE_OPTIONS
        included = included | option if word == "INCLUDING" else included - option
    body.including = included if len(body.like) == 1 else body.including & included


def _valid(constraint: Constraint) -> Constraint:
    """The constraint of a new table: NOT VALID means nothing where there are no rows."""
    if (isinstance(constraint, Check | ForeignKey) and constraint.enforced) or isinstance(
        constraint, NotNullConstraint
    ):
        return replace(constraint, valid=True)
    return constraint


def _keyed(columns: Iterable[Column], constraints: Iterable[Constraint]) -> tuple[Column, ...]:
    """The columns; those of the primary key take no NULL."""
    key = {name for constraint in constraints if isinstance(constraint, PrimaryKey) for name in constraint.columns}
    return tuple(replace(column, nullable=Answer.NO) if column.name in key else column for column in columns)


def _partition(cursor: Cursor, made: CreateTable) -> CreateTable:
    parent = cursor.qualified()
    constraints = _typed(cursor)
    written = bound(cursor)
    partitioned = _partitioning(cursor)
    _settings(cursor)
    cursor.finish()
    return replace(made, partition_of=parent, partitioned=partitioned, bound=written, constraints=constraints)


def _of_type(cursor: Cursor, made: CreateTable) -> CreateTable:
    type_ = cursor.qualified()
    constraints = _typed(cursor)
    partitioned = _partitioning(cursor)
    _settings(cursor)
    cursor.finish()
    return replace(made, partitioned=partitioned, constraints=constraints, of=type_)


def _typed(cursor: Cursor) -> tuple[Constraint, ...]:
    """Passes what CREATE TABLE … OF adds to columns that are made elsewhere, and returns the constraints."""
    constraints: list[Constraint] = []
    for part in cursor.items() if cursor.sees("(") else ():
        if sees_constraint(part):
            constraints.append(_valid(table_constraint(part)))
        else:
            constraints += typed_column(part)
        part.finish()
    return tuple(constraints)


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
        raise NotRead("a prepared statement runs code that is not read")
    query = without_data(cursor)
    return replace(made, selects=True, sources=sources(query))


def without_data(cursor: Cursor) -> str:
    """Passes a query and WITH [NO] DATA to the end, and returns the text of the query."""
    query = cursor.rest()
    query.cut_end("WITH", "NO", "DATA") or query.cut_end("WITH", "DATA")
    return query.text


def sources(query: str) -> tuple[Name, ...]:
    """The tables that a query reads; every name in it where it cannot be read."""
    tables = asked.tables(query)
    return tuple(map(Name, sorted(asked.words(query, scan(query))))) if tables is None else tables


def _partitioning(cursor: Cursor) -> bool:
    if not cursor.accept("PARTITION", "BY"):
        return False
    if not cursor.accept_any("RANGE", "LIST", "HASH"):
        raise cursor.surprise("RANGE, LIST or HASH")
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
