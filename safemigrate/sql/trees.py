"""What sqlglot's trees are asked: the columns of an expression, the tables of a query."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError

from safemigrate.schema.name import Name
from safemigrate.sql.cursor import is_reserved
from safemigrate.sql.tokens import Kind, Token, identifier, scan

_POSTGRES = Postgres()
# what sqlglot cannot read it also says on stderr, where nobody listens to its logger; it is no news here
logging.getLogger("sqlglot").addHandler(logging.NullHandler())
# sqlglot's parser tries several readings of nested parentheses one inside the other
_DEEPEST = 25


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


def _tables(tree: exp.Expr) -> Iterator[Name]:
    common = {_alias(table) for table in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table, bfs=False):
        if isinstance(table.this, exp.Identifier):
            schema = table.args.get("db")
            name = Name(_identifier(table.this), _identifier(schema) if schema else None)
            if name.schema is not None or name.name not in common:
                yield name


def _parsed(text: str) -> exp.Expr | None:
    if _depth(scan(text)) > _DEEPEST:
        return None
    try:
        trees = _POSTGRES.parse(text)
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError):
        return None
    return trees[0] if len(trees) == 1 else None


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
        return str(node.this)
    return identifier(str(node.this)) or ""


def words(source: str, tokens: tuple[Token, ...]) -> frozenset[str]:
    """Every word of an expression that may be a column: more than there are, never fewer."""
    names = (
        token for token in tokens if token.kind is Kind.QUOTED or (token.kind is Kind.WORD and not is_reserved(token))
    )
    return frozenset(identifier(source[token.start : token.end]) or "" for token in names)
