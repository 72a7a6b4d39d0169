"""What sqlglot's trees are asked: the columns of an expression, the tables of a query."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError

from safemigrate.schema.name import Name
from safemigrate.sql.asked import Selection
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.tokens import Kind, Token, identifier, scan

_POSTGRES = Postgres()
#: words that sqlglot takes for keywords and PostgreSQL for names, each with what it stands before as a keyword
_NAMES = {
    **dict.fromkeys(("ALTER", "DROP", "IF", "LOCK", "REVOKE", "ROLLBACK")),
    "CUBE": "(",
    "ROLLUP": "(",
    "INSERT": "INTO",
}
# what sqlglot cannot read it also says on stderr, where nobody listens to its logger; it is no news here
logging.getLogger("sqlglot").addHandler(logging.NullHandler())
# sqlglot's parser tries several readings of nested parentheses one inside the other
_DEEPEST = 25
# sqlglot needs a second for this many characters
_LONGEST = 100_000


def columns(text: str) -> frozenset[str] | None:
    """The columns an expression names, without their qualifiers; None where sqlglot cannot read it."""
    tree = expression(text)
    if tree is None:
        return None
    return frozenset(column_name(column) for column in tree.find_all(exp.Column)) - {"*", ""}


def expression(text: str) -> exp.Expr | None:
    """The tree of an expression; None where sqlglot cannot read it."""
    tree = _parsed(f"SELECT (\n{text}\n)")
    if tree is None or any(not isinstance(alias.parent, exp.Select) for alias in tree.find_all(exp.Alias)):
        # an alias outside of a SELECT is what sqlglot makes of words that it does not understand
        return None
    return tree.expressions[0] if isinstance(tree, exp.Select) and len(tree.expressions) == 1 else None


def column_name(column: exp.Column) -> str:
    """The folded name of a column, without its qualifiers."""
    return _identifier(column.this)


def tables(text: str) -> tuple[Name, ...] | None:
    """The tables that a query reads, in order, none twice; None where sqlglot cannot read it."""
    tree = _parsed(text)
    if tree is None or not isinstance(tree, exp.Query | exp.Values | exp.Table):
        return None
    return tuple(dict.fromkeys(_tables(tree)))


def called(text: str) -> frozenset[str] | None:
    """The names, in lower case, of the functions that a query calls and sqlglot does not know; None where it cannot
    read the query."""
    tree = _parsed(text)
    return None if tree is None else frozenset(str(call.name).lower() for call in tree.find_all(exp.Anonymous))


def selection(text: str) -> Selection | None:
    """What the query selects and reads; None where sqlglot cannot read it."""
    tree = _parsed(text)
    if tree is None or not isinstance(tree, exp.Query | exp.Values | exp.Table):
        return None
    tables = tuple(dict.fromkeys(_tables(tree)))
    first = _first_select(tree)
    star = any(_is_star(output) for select in tree.find_all(exp.Select) for output in select.expressions)
    outputs = () if first is None else tuple(_output(output) for output in first.expressions)
    return Selection(outputs if all(outputs) else (), tables, _reads(tree, tables), _is_simple(tree), star)


def _first_select(tree: exp.Expr) -> exp.Select | None:
    """The SELECT that names the columns of a query."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return tree if isinstance(tree, exp.Select) else None


def _is_star(output: exp.Expr) -> bool:
    return isinstance(output, exp.Star) or (isinstance(output, exp.Column) and isinstance(output.this, exp.Star))


def _output(output: exp.Expr) -> str:
    """The name of a column that a SELECT gives; empty where only PostgreSQL knows it."""
    if isinstance(output, exp.Alias):
        return _identifier(output.args.get("alias"))
    if isinstance(output, exp.Column):
        return _identifier(output.this)
    return _output(output.this) if isinstance(output, exp.Cast) and isinstance(output.this, exp.Column) else ""


def _reads(tree: exp.Expr, tables: tuple[Name, ...]) -> tuple[tuple[Name | None, str], ...]:
    """The columns that a query names, each with its table where no other can be meant."""
    common = {_alias(table) for table in tree.find_all(exp.CTE)}
    meant: dict[str, set[Name | None]] = {}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier):
            schema = table.args.get("db")
            name = Name(_identifier(table.this), _identifier(schema) if schema else None)
            alias = table.args.get("alias")
            called = (_identifier(alias.this) if alias is not None else "") or name.name
            meant.setdefault(called, set()).add(None if schema is None and name.name in common else name)
    for derived in tree.find_all(exp.Subquery, exp.CTE, exp.Lateral):
        meant.setdefault(derived.alias, set()).add(None)
    alone = tables[0] if len(tables) == 1 and len(meant) == 1 else None
    found: list[tuple[Name | None, str]] = []
    for column in tree.find_all(exp.Column):
        qualifier = column.args.get("table")
        sources = meant.get(_identifier(qualifier), {None}) if qualifier is not None else {alone}
        found.append((next(iter(sources)) if len(sources) == 1 else None, _identifier(column.this)))
    shared = (name for join in tree.find_all(exp.Join) for name in join.args.get("using") or ())
    found += [(None, _identifier(name)) for name in shared]
    return tuple(dict.fromkeys(pair for pair in found if pair[1]))


# PostgreSQL 18 manual, CREATE VIEW, "Updatable Views"
_NOT_WRITABLE = ("distinct", "group", "having", "limit", "offset", "with_", "with", "windows", "joins", "laterals")


def is_writable(text: str) -> bool:
    """Whether PostgreSQL lets one write to the view that CREATE VIEW *text* makes: rows of one table, as they are."""
    tree = _parsed(text)
    query = tree.expression if isinstance(tree, exp.Create) else None
    if not isinstance(query, exp.Select) or any(query.args.get(part) for part in _NOT_WRITABLE):
        return False
    source = query.args.get("from_") or query.args.get("from")
    whole = source is not None and isinstance(source.this, exp.Table) and not source.this.args.get("joins")
    return whole and not any(query.find_all(exp.AggFunc, exp.Window))


def condition_of(text: str) -> str | None:
    """The condition of the rows of the view that CREATE VIEW *text* makes, empty where all rows of its tables are in
    it; None where the query is no plain SELECT."""
    tree = _parsed(text)
    query = tree.expression if isinstance(tree, exp.Create) else None
    if not isinstance(query, exp.Select):
        return None
    where = query.args.get("where")
    return "" if where is None else str(where.this.sql(dialect=_POSTGRES)).lower()


# what a SELECT may have and still give the same rows once it selects less
_SAME_ROWS = frozenset({"kind", "expressions", "from_", "from", "where", "joins"})


def selects_less(text: str, other: str) -> bool:
    """Whether CREATE VIEW *other* certainly makes the view of CREATE VIEW *text*, but for some columns less."""
    old, new = _parsed(text), _parsed(other)
    if not isinstance(old, exp.Create) or not isinstance(new, exp.Create):
        return False
    if not all(isinstance(query, exp.Select) and _is_row_by_row(query) for query in (old.expression, new.expression)):
        return False
    were = {output.sql(dialect=_POSTGRES): output for output in old.expression.expressions}
    kept = [output.sql(dialect=_POSTGRES) for output in new.expression.expressions]
    gone = [output for words, output in were.items() if words not in kept]
    # an aggregate, or a function that returns rows, decides how many there are
    if not gone or not all(isinstance(output.unalias(), exp.Column) for output in gone):
        return False
    return were.keys() >= {*kept} and _all_but_columns(old) == _all_but_columns(new)


def _is_row_by_row(query: exp.Select) -> bool:
    """Whether its rows do not depend on which columns it selects, and these are written down."""
    others = [key for key, value in query.args.items() if value and key not in _SAME_ROWS]
    return not others and not any(map(_is_star, query.expressions))


def _all_but_columns(create: exp.Create) -> str:
    rest = create.copy()
    rest.expression.set("expressions", [])
    rest.set("replace", False)
    return rest.sql(dialect=_POSTGRES)


# what a SELECT may have and still be one that can be written to, but for the condition
_PLAIN = frozenset({"kind", "expressions", "from_", "from"})


def _is_simple(tree: exp.Expr) -> bool:
    """Whether the query is one table's plain columns, without a condition."""
    if not isinstance(tree, exp.Select) or any(value for key, value in tree.args.items() if key not in _PLAIN):
        return False
    source = tree.args.get("from_") or tree.args.get("from")
    if source is None or not isinstance(source.this, exp.Table) or source.this.args.get("joins"):
        return False
    outputs = [output.this if isinstance(output, exp.Alias) else output for output in tree.expressions]
    return all(_is_star(output) or isinstance(output, exp.Column) for output in outputs)


def _tables(tree: exp.Expr) -> Iterator[Name]:
    common = {_alias(table) for table in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table, bfs=False):
        if isinstance(table.this, exp.Identifier):
            schema = table.args.get("db")
            name = Name(_identifier(table.this), _identifier(schema) if schema else None)
            if name.schema is not None or name.name not in common:
                yield name


def _parsed(text: str) -> exp.Expr | None:
    if len(text) > _LONGEST:
        return None
    tokens = scan(text)
    if _depth(tokens) > _DEEPEST:
        return None
    try:
        text = _with_plain_names(text, tokens)
        trees = _POSTGRES.parse(text)
    except (SqlglotError, NotRead, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError):
        return None
    return trees[0] if len(trees) == 1 else None


def _with_plain_names(text: str, tokens: tuple[Token, ...]) -> str:
    """*text* with names that sqlglot knows in the place of ``U&"…"`` and of words that are keywords to it."""
    if not any(token.key in _NAMES or (token.kind is Kind.QUOTED and text[token.start] in "uU") for token in tokens):
        return text
    pieces: list[str] = []
    cursor = Cursor.over(text)
    while not cursor.done:
        token, start = cursor.token(), cursor.place
        if token.kind is Kind.QUOTED or (token.key in _NAMES and cursor.token(1).key != _NAMES[token.key]):
            name = cursor.label().replace('"', '""')
            pieces.append(f'"{name}"')
        else:
            cursor.advance()
            pieces.append(cursor.since(start))
    return " ".join(pieces)


def _depth(tokens: tuple[Token, ...]) -> int:
    depth = deepest = 0
    for token in tokens:
        if token.key in ("(", "[", "CASE"):
            depth += 1
            deepest = max(deepest, depth)
        elif token.key in (")", "]", "END"):
            depth -= 1
    return deepest


def _alias(table: exp.CTE) -> str:
    alias = table.args.get("alias")
    return _identifier(alias.this) if alias is not None else ""


def _identifier(node: object) -> str:
    """The folded name of an identifier node, empty for a star."""
    if not isinstance(node, exp.Identifier):
        return ""
    if node.args.get("quoted"):
        written = str(node.this).replace('"', '""')
        return identifier(f'"{written}"') or ""
    return identifier(str(node.this)) or ""
