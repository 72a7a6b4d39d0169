"""CREATE VIEW and CREATE MATERIALIZED VIEW."""

from __future__ import annotations

from dataclasses import replace

from safemigrate.schema.name import Name
from safemigrate.schema.operations import CreateView
from safemigrate.sql import asked
from safemigrate.sql.cursor import Cursor
from safemigrate.sql.tables import without_data
from safemigrate.sql.tokens import scan

_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "(")


def create_view(cursor: Cursor, *, or_replace: bool, temporary: bool, recursive: bool) -> CreateView:
    """The operation of a CREATE VIEW, from behind the word VIEW to the end."""
    name = cursor.qualified()
    columns = cursor.names() if cursor.sees("(") else ()
    if cursor.accept("WITH"):
        cursor.items()
    cursor.expect("AS")
    query = _query(cursor)
    _check_option(query)
    made = CreateView("VIEW", name, cursor.source, or_replace, temporary=temporary)
    made = _selecting(made, query.rest().text, columns)
    return _without_itself(made, columns) if recursive else made


def _without_itself(made: CreateView, columns: tuple[str, ...]) -> CreateView:
    """A recursive view, which lists its columns, and does not count itself among the tables it reads."""
    tables = tuple(table for table in made.tables if table != made.name)
    reads = tuple(pair for pair in made.reads if pair[0] != made.name)
    return replace(made, columns=columns, tables=tables, reads=reads)


def create_materialized_view(cursor: Cursor) -> CreateView:
    """The operation of a CREATE MATERIALIZED VIEW, from behind these words to the end."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.qualified()
    columns = cursor.names() if cursor.sees("(") else ()
    if cursor.accept("USING"):
        cursor.name()
    if cursor.accept("WITH"):
        cursor.items()
    if cursor.accept("TABLESPACE"):
        cursor.name()
    cursor.expect("AS")
    _query(cursor.fork())
    end = [token.key for token in cursor.tokens[-3:]]
    made = CreateView(
        "MATERIALIZED VIEW",
        name,
        cursor.source,
        if_not_exists=if_not_exists,
        with_data=end != ["WITH", "NO", "DATA"],
    )
    return _selecting(made, without_data(cursor), columns)


def _query(cursor: Cursor) -> Cursor:
    if not cursor.sees_any(_QUERIES):
        raise cursor.surprise("a query")
    return cursor.rest()


def _check_option(query: Cursor) -> None:
    """Cuts WITH CHECK OPTION off the end of *query*."""
    if query.cut_end("CHECK", "OPTION"):
        query.cut_end("CASCADED") or query.cut_end("LOCAL")
        if not query.cut_end("WITH"):
            raise query.surprise("WITH CHECK OPTION")


def _selecting(made: CreateView, query: str, columns: tuple[str, ...]) -> CreateView:
    found = asked.selection(query)
    if found is None:
        # a query that cannot be read may read whatever it names
        words = sorted(asked.words(query, scan(query)))
        return replace(
            made, columns=columns, tables=tuple(map(Name, words)), reads=tuple((None, word) for word in words)
        )
    own = (*columns, *found.columns[len(columns) :]) if found.columns or not columns else ()
    return replace(
        made,
        columns=own or (() if found.star else columns),
        tables=found.tables,
        reads=found.reads,
        simple=found.simple,
        star=found.star,
    )
