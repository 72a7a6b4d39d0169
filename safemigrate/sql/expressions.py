"""Expressions: their text as written, and what is known about it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from safemigrate.schema.model import Expression
from safemigrate.schema.name import Name
from safemigrate.sql import asked
from safemigrate.sql.cursor import Cursor, NotRead, is_reserved
from safemigrate.sql.tokens import Kind, Token, Unterminated
from safemigrate.sql.types import read_type
from safemigrate.sql.volatility import OF_EXTENSIONS, volatility

# parts of a condition that are looked at; a longer one proves less, which is the safe side
_MOST_PARTS = 200
# NULL with a cast or two
_MOST_TOKENS_OF_NULL = 40


def expression(part: Cursor) -> Expression:
    """The expression that *part* is; there must be one."""
    if part.done:
        raise part.surprise("an expression")
    return read_expression(part.text)


@lru_cache(maxsize=8192)
def read_expression(text: str) -> Expression:
    """The expression that *text* is, with what was found out about it; its text is kept as written.

    Of what cannot be read, the volatility is unknown and *columns* holds too many names rather than too few.
    """
    text = text.strip()
    try:
        whole = Cursor.over(text).rest()
    except (Unterminated, NotRead):
        return Expression(text)
    if whole.done:
        return Expression(text)
    changes, calls = volatility(text, whole.tokens)
    return Expression(
        text,
        changes,
        _columns(text, whole.tokens),
        frozenset(_not_null(whole.fork())),
        _is_null(whole),
        calls,
    )


def is_expression(text: str) -> bool:
    """Whether *text* is one expression, as far as can be told: what nobody can read is none."""
    try:
        tokens = Cursor.over(text).rest().tokens
    except (Unterminated, NotRead):
        return False
    depth = 0
    for token in tokens:
        depth += (token.key == "(") - (token.key == ")")
        if depth < 0:
            return False
    return bool(tokens) and asked.is_expression(text)


def calls_of(query: str) -> frozenset[Name]:
    """The functions that a query calls and that are not known from PostgreSQL alone."""
    found = frozenset(name for name in read_expression(query).calls if name.name not in OF_EXTENSIONS)
    named = asked.called(query) if found else None
    # a list of columns behind an alias looks like a call
    return found if named is None else frozenset(name for name in found if name.name.lower() in named)


def _columns(text: str, tokens: tuple[Token, ...]) -> frozenset[str]:
    behind = (*(token.key for token in tokens[1:]), "")
    if not any(_may_be_column(token) and key != "(" for token, key in zip(tokens, behind, strict=True)):
        # constants, and functions of them
        return frozenset()
    found = asked.columns(text)
    return asked.words(text, tokens) if found is None else found


def _may_be_column(token: Token) -> bool:
    return token.kind is Kind.QUOTED or (token.kind is Kind.WORD and not is_reserved(token))


def _not_null(whole: Cursor) -> Iterator[str]:
    """The columns c for which ``c IS NOT NULL`` is one of the conditions that must all hold."""
    waiting = [whole]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        for condition in _conditions(waiting.pop()):
            if condition.sees("("):
                inner = condition.parenthesised()
                if condition.done:
                    waiting.append(inner)
            elif column := _proven(condition):
                yield column


def _conditions(whole: Cursor) -> tuple[Cursor, ...]:
    """What AND joins at the top; nothing where OR does."""
    found = []
    while True:
        part = whole.until("AND", "OR", "BETWEEN")
        word = whole.accept_any("AND", "OR", "BETWEEN")
        if word == "OR":
            return ()
        if word == "BETWEEN":
            # its AND is no condition's, and neither is what follows it
            whole.until("AND")
            whole.accept("AND")
            whole.until("AND", "OR")
            if whole.accept("OR"):
                return ()
            word = whole.accept_any("AND")
        else:
            found.append(part)
        if not word:
            return tuple(found)


def joins_only(text: str) -> bool:
    """Whether a condition does no more than say which rows of two tables belong together: ``a.x = b.y AND …``."""
    try:
        conditions = _conditions(Cursor.over(text))
    except (Unterminated, NotRead):
        return False
    return bool(conditions) and all(map(_joins, conditions))


def _joins(condition: Cursor) -> bool:
    try:
        if condition.sees("("):
            inner = condition.parenthesised()
            return condition.done and all(map(_joins, _conditions(inner) or (inner,)))
        condition.dotted()
        condition.expect("=")
        condition.dotted()
    except NotRead:
        return False
    return condition.done


def _proven(condition: Cursor) -> str | None:
    """The column that the condition says is not null, if that is all it says."""
    try:
        column = condition.qualified().name
    except NotRead:
        return None
    tested = condition.accept("IS", "NOT", "NULL") or condition.accept("NOTNULL")
    return column if tested and condition.done else None


def _is_null(whole: Cursor) -> bool:
    """Whether the expression is ``NULL``, with or without a cast or parentheses."""
    if len(whole.tokens) > _MOST_TOKENS_OF_NULL:
        return False
    try:
        if whole.accept("CAST"):
            cast = whole.parenthesised()
            null = _is_null(cast.until("AS"))
        elif whole.sees("("):
            null = _is_null(whole.parenthesised())
        else:
            null = whole.accept("NULL")
        while whole.accept("::"):
            read_type(whole)
    except NotRead:
        return False
    return null and whole.done
