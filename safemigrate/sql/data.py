"""Statements that read or write rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from safemigrate.schema.model import Expression
from safemigrate.schema.name import Name
from safemigrate.schema.operations import (
    Copy,
    CreateTable,
    Delete,
    Insert,
    LockTable,
    Merge,
    Operation,
    Query,
    SetParameter,
    Truncate,
    Update,
)
from safemigrate.sql import asked
from safemigrate.sql.alter_table import cascade
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.expressions import expression, joins_only
from safemigrate.sql.tables import sources
from safemigrate.sql.tokens import Kind

_LEAVES_OUT = ("WHERE", "HAVING", "LIMIT", "FETCH", "VALUES", "TABLESAMPLE")
_WRITING = frozenset({("INSERT", "INTO"), ("DELETE", "FROM"), ("MERGE", "INTO")})


def with_query(cursor: Cursor) -> tuple[Operation, ...]:
    """The operations of a statement that begins with WITH: one for each part that writes."""
    writes: list[Operation] = []
    named: set[Name] = set()
    cursor.accept("RECURSIVE")
    while True:
        named.add(Name(cursor.name()))
        if cursor.sees("("):
            cursor.names()
        cursor.expect("AS")
        cursor.accept("NOT", "MATERIALIZED") or cursor.accept("MATERIALIZED")
        inner = cursor.parenthesised()
        if inner.sees_any(WRITES):
            writes += WRITES[inner.advance().key](inner)
        else:
            _refuse_hidden_writes(inner)
        for clause, last in (("SEARCH", "SET"), ("CYCLE", "USING")):
            if cursor.accept(clause):
                cursor.until(last)
                cursor.expect(last)
                cursor.name()
        if not cursor.accept(","):
            break
    main = WRITES[cursor.advance().key](cursor) if cursor.sees_any(WRITES) else select(cursor)
    operations = (*writes, *(op for op in main if not (writes and isinstance(op, Query))))
    # what a query of the statement finds may be a few rows only
    operations = tuple(
        replace(op, joins=()) if isinstance(op, Update | Delete | Merge) and named.intersection(op.joins) else op
        for op in operations
    )
    # an UPDATE beside others is all of the statement, too
    return tuple(_whole(op, cursor.source) for op in operations)


def _whole(op: Operation, source: str) -> Operation:
    """The part of a statement, with all of it as the text of an UPDATE."""
    return replace(op, text=source, source="", alias="") if isinstance(op, Update) else op


def select(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a SELECT, VALUES or TABLE; of ``SELECT set_config(…)`` and SELECT INTO, what they do."""
    setting = _set_config(cursor.fork())
    if setting is not None:
        return (setting,)
    made = _select_into(cursor.fork())
    if made is not None:
        return (made,)
    _refuse_hidden_writes(cursor)
    cursor.rest()
    tables = asked.tables(cursor.source)
    if tables is None:
        raise NotRead("this query cannot be read")
    return (Query(tables, cursor.source),)


def _set_config(cursor: Cursor) -> SetParameter | None:
    if not cursor.accept("SELECT"):
        return None
    cursor.accept("PG_CATALOG", ".")
    if not (cursor.accept("SET_CONFIG") and cursor.sees("(")):
        return None
    arguments = cursor.items()
    if not cursor.done or len(arguments) != 3:
        return None
    try:
        name, value = arguments[0].string(), arguments[1].string()
    except NotRead:
        return None
    local = arguments[2].accept_any("TRUE", "FALSE")
    if not local or not all(argument.done for argument in arguments):
        return None
    return SetParameter(name.lower(), value, local == "TRUE")


def _select_into(cursor: Cursor) -> CreateTable | None:
    if not cursor.accept("SELECT"):
        return None
    cursor.until("INTO", "FROM", "WHERE", "UNION", "INTERSECT", "EXCEPT")
    if not cursor.accept("INTO"):
        return None
    temporary = bool(cursor.accept_any("TEMP", "TEMPORARY"))
    unlogged = cursor.accept("UNLOGGED")
    cursor.accept("TABLE")
    table = cursor.qualified()
    cursor.rest()
    return CreateTable(
        table,
        temporary=temporary,
        unlogged=unlogged,
        text=cursor.source,
        selects=True,
        # sqlglot counts the table that is made among those that are read
        sources=tuple(name for name in sources(cursor.source) if name != table),
    )


def _refuse_hidden_writes(part: Cursor) -> None:
    """A write may stand only in a WITH of the statement itself; one found deeper was not understood."""
    tokens = part.tokens
    for opening, verb, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        writes = (verb.key, after.key) in _WRITING or (verb.key == "UPDATE" and after.key not in (",", ")", "."))
        if opening.key == "(" and writes:
            raise NotRead(f"{verb.key} inside of a query is not read yet")


# -- the statements that write -------------------------------------------------------------------------------


def insert(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of an INSERT, from behind that word to the end."""
    _refuse_hidden_writes(cursor)
    cursor.expect("INTO")
    table = cursor.qualified()
    if cursor.accept("AS"):
        cursor.name()
    columns: tuple[str, ...] = ()
    if cursor.sees("(") and cursor.token(1).key not in ("SELECT", "WITH", "VALUES", "TABLE", "("):
        columns = tuple(_column_of(part) for part in cursor.items())
    if cursor.accept("OVERRIDING"):
        cursor.accept_any("SYSTEM", "USER")
        cursor.expect("VALUE")
    if not cursor.sees_any(("VALUES", "SELECT", "WITH", "TABLE", "(")) and not cursor.sees("DEFAULT", "VALUES"):
        raise cursor.surprise("VALUES or a query")
    if columns and cursor.sees("DEFAULT"):
        raise cursor.surprise("VALUES or a query")
    selects = not cursor.sees_any(("VALUES", "DEFAULT"))
    cursor.rest()
    return (Insert(table, columns, cursor.source, selects),)


def _column_of(part: Cursor) -> str:
    """The column of an element of a list of targets, which may name a field or an element of it."""
    column = part.name()
    while not part.done:
        if part.accept("."):
            part.label()
        elif part.sees("["):
            part.pass_one()
        else:
            raise part.surprise("the end")
    return column


def update(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of an UPDATE, from behind that word to the end."""
    _refuse_hidden_writes(cursor)
    whole = not cursor.accept("ONLY")
    table = cursor.qualified()
    whole = not cursor.accept("*") and whole
    alias = _alias(cursor, "SET")
    cursor.expect("SET")
    assignments, simple = _assignments(cursor.until("FROM", "WHERE", "RETURNING"))
    sources = cursor.until("WHERE", "RETURNING") if cursor.accept("FROM") else None
    source, joins = (sources.text, _joined(sources)) if sources is not None else ("", ())
    where = _where(cursor)
    said = whole and simple and cursor.done
    _returning(cursor)
    if said and not (source or alias):
        return (Update(table, assignments, where),)
    own = (source, alias if source else "") if said else ("", "")
    return (Update(table, assignments, where, cursor.source, *own, joins),)


def _joined(sources: Cursor) -> tuple[Name, ...]:
    """The tables that a statement joins, none where anything there may leave rows out."""
    if any(token.key in _LEAVES_OUT or token.kind in (Kind.STRING, Kind.NUMBER) for token in sources.tokens):
        return ()
    return asked.tables(f"SELECT FROM {sources.text}") or ()


def _alias(cursor: Cursor, *stops: str) -> str:
    """What the statement calls its table from here on, empty where it goes by its name."""
    if cursor.accept("AS") or not (cursor.done or cursor.sees_any(stops)):
        return cursor.name()
    return ""


def _where(cursor: Cursor) -> Expression | None:
    return expression(cursor.until("RETURNING")) if cursor.accept("WHERE") else None


def _returning(cursor: Cursor) -> None:
    if cursor.accept("RETURNING"):
        cursor.rest()
    cursor.finish()


def _assignments(targets: Cursor) -> tuple[tuple[tuple[str, Expression], ...], bool]:
    """The pairs of column and expression, and whether they say all that was written."""
    pairs: list[tuple[str, Expression]] = []
    simple = True
    for part in targets.parts():
        if part.sees("("):
            columns = tuple(_column_of(column) for column in part.items())
            simple = False
        else:
            target = part.until("=")
            simple = simple and len(target.tokens) == 1
            columns = (_column_of(target),)
        part.expect("=")
        value = expression(part)
        pairs += ((column, value) for column in columns)
    return tuple(pairs), simple


def delete(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a DELETE, from behind that word to the end."""
    _refuse_hidden_writes(cursor)
    cursor.expect("FROM")
    cursor.accept("ONLY")
    table = cursor.qualified()
    cursor.accept("*")
    _alias(cursor, "USING", "WHERE", "RETURNING")
    joins = _joined(cursor.until("WHERE", "RETURNING")) if cursor.accept("USING") else ()
    where = _where(cursor)
    _returning(cursor)
    return (Delete(table, where, cursor.source, joins),)


def merge(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a MERGE, from behind that word to the end."""
    _refuse_hidden_writes(cursor)
    cursor.expect("INTO")
    cursor.accept("ONLY")
    table = cursor.qualified()
    cursor.accept("*")
    _alias(cursor, "USING")
    cursor.expect("USING")
    source = cursor.until("ON")
    cursor.expect("ON")
    joins = _joined(source) if joins_only(expression(cursor.until("WHEN")).text) else ()
    columns: list[str] = []
    unconditional: list[tuple[str, str]] = []
    deletes = False
    if not cursor.sees("WHEN"):
        raise cursor.surprise("WHEN")
    while cursor.accept("WHEN"):
        when = cursor.until("THEN")
        cursor.expect("THEN")
        action = cursor.until("WHEN", "RETURNING")
        deletes = deletes or action.sees("DELETE")
        if action.sees_any(("UPDATE", "DELETE")) and not any(token.key == "AND" for token in when.tokens):
            unconditional.append((action.token().key, " ".join(token.key for token in when.tokens)))
        columns += _merged(action)
    _returning(cursor)
    sources = asked.tables(f"SELECT FROM {source.text}") or ()
    written = tuple(dict.fromkeys(columns))
    return (Merge(table, cursor.source, deletes, written, sources, tuple(unconditional), joins),)


def _merged(action: Cursor) -> tuple[str, ...]:
    """The columns that an action writes."""
    if action.accept("UPDATE", "SET"):
        return tuple(column for column, _ in _assignments(action)[0])
    if action.accept("INSERT"):
        columns = tuple(_column_of(part) for part in action.items()) if action.sees("(") else ()
        if action.accept("OVERRIDING"):
            action.accept_any("SYSTEM", "USER")
            action.expect("VALUE")
        if not action.accept("DEFAULT", "VALUES"):
            action.expect("VALUES")
            action.items()
        action.finish()
        return columns
    if not action.accept("DELETE"):
        action.expect("DO", "NOTHING")
    action.finish()
    return ()


def copy(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a COPY, from behind that word to the end."""
    cursor.accept("BINARY")
    table: Name | None = None
    columns: tuple[str, ...] = ()
    written: tuple[Operation, ...] = ()
    if cursor.sees("("):
        query = cursor.parenthesised()
        if query.sees_any(WRITES):
            written = WRITES[query.advance().key](query)
        _refuse_hidden_writes(query)
        cursor.expect("TO")
        writes = False
    else:
        table = cursor.qualified()
        columns = cursor.names() if cursor.sees("(") else ()
        writes = cursor.accept("FROM")
        if not writes:
            cursor.expect("TO")
    if cursor.accept("PROGRAM") or cursor.token().kind is Kind.STRING:
        cursor.string()
    elif not cursor.accept_any("STDIN", "STDOUT"):
        raise cursor.surprise("STDIN, STDOUT or the name of a file")
    # options and WHERE change neither the table nor the lock
    cursor.rest()
    whole = tuple(_whole(op, cursor.source) for op in written)
    return (*whole, Copy(table, cursor.source, columns, writes))


#: what writes rows, by its first word; each is read from behind it
WRITES: dict[str, Callable[[Cursor], tuple[Operation, ...]]] = {
    "INSERT": insert,
    "UPDATE": update,
    "DELETE": delete,
    "MERGE": merge,
}


# -- whole tables --------------------------------------------------------------------------------------------


def _tables(cursor: Cursor) -> tuple[Name, ...]:
    tables = []
    while True:
        cursor.accept("ONLY")
        tables.append(cursor.qualified())
        cursor.accept("*")
        if not cursor.accept(","):
            return tuple(tables)


def truncate(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a TRUNCATE, from behind that word to the end."""
    cursor.accept("TABLE")
    only = any(token.key == "ONLY" for token in cursor.tokens)
    tables = _tables(cursor)
    restart = cursor.accept("RESTART", "IDENTITY")
    cursor.accept("CONTINUE", "IDENTITY")
    cascades = cascade(cursor)
    cursor.finish()
    return (Truncate(tables, cascades, restart, cursor.source if only else ""),)


_MODES = frozenset(
    {
        "ACCESS SHARE",
        "ROW SHARE",
        "ROW EXCLUSIVE",
        "SHARE UPDATE EXCLUSIVE",
        "SHARE",
        "SHARE ROW EXCLUSIVE",
        "EXCLUSIVE",
        "ACCESS EXCLUSIVE",
    }
)


def lock(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a LOCK TABLE, from behind the word LOCK to the end."""
    cursor.accept("TABLE")
    only = any(token.key == "ONLY" for token in cursor.tokens)
    tables = _tables(cursor)
    mode = "ACCESS EXCLUSIVE"
    if cursor.accept("IN"):
        mode = " ".join(token.key for token in cursor.until("MODE").tokens)
        cursor.expect("MODE")
    if mode not in _MODES:
        raise NotRead("a lock of this mode is not read")
    nowait = cursor.accept("NOWAIT")
    cursor.finish()
    return (LockTable(tables, mode, nowait, cursor.source if only else ""),)
