"""What is asked of sqlglot's trees. It is a large import, and half of all statements can do without."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import Name
from safemigrate.sql.cursor import is_reserved
from safemigrate.sql.tokens import Kind, Token, identifier


@dataclass(frozen=True, slots=True)
class Selection:
    """What a view's query selects, in the words of CreateView."""

    columns: tuple[str, ...]
    tables: tuple[Name, ...]
    reads: tuple[tuple[Name | None, str], ...]
    simple: bool
    star: bool


def columns(text: str) -> frozenset[str] | None:
    """The columns an expression names, without their qualifiers; None where sqlglot cannot read it."""
    from safemigrate.sql import trees

    return trees.columns(text)


def tables(text: str) -> tuple[Name, ...] | None:
    """The tables that a query reads, in order, none twice; None where sqlglot cannot read it."""
    from safemigrate.sql import trees

    return trees.tables(text)


def is_expression(text: str) -> bool:
    """Whether sqlglot reads *text* as one expression."""
    from safemigrate.sql import trees

    return trees.expression(text) is not None


def called(text: str) -> frozenset[str] | None:
    """The names, in lower case, of the functions that a query calls and sqlglot does not know; None where it cannot
    read the query."""
    from safemigrate.sql import trees

    return trees.called(text)


def selection(text: str) -> Selection | None:
    """What the query selects and reads; None where sqlglot cannot read it."""
    from safemigrate.sql import trees

    return trees.selection(text)


def is_writable(text: str) -> bool:
    """Whether PostgreSQL lets one write to the view that CREATE VIEW *text* makes: rows of one table, as they are."""
    from safemigrate.sql import trees

    return trees.is_writable(text)


def condition_of(text: str) -> str | None:
    """The condition of the rows of the view that CREATE VIEW *text* makes, empty where all rows of its tables are in
    it; None where the query is no plain SELECT."""
    from safemigrate.sql import trees

    return trees.condition_of(text)


def selects_less(text: str, other: str) -> bool:
    """Whether CREATE VIEW *other* certainly makes the view of CREATE VIEW *text*, but for some columns less."""
    from safemigrate.sql import trees

    return trees.selects_less(text, other)


def outcomes(text: str, null: frozenset[str]) -> frozenset[bool | None]:
    """What the condition *text* may come out as where the columns *null* hold NULL and all others anything.

    A check refuses a row for which it is False only. What is not understood may come out as anything.
    """
    from safemigrate.sql import conditions

    return conditions.outcomes(text, null)


def choice(text: str) -> tuple[str, frozenset[str]] | None:
    """The column and the values, where *text* lets that column be one of some constants and says nothing else."""
    from safemigrate.sql import conditions

    return conditions.choice(text)


def may_meet(text: str, column: str, value: str) -> bool:
    """Whether a row that holds *value* in *column*, and anything elsewhere, may meet the condition *text*."""
    from safemigrate.sql import conditions

    return conditions.may_meet(text, column, value)


def words(source: str, tokens: tuple[Token, ...]) -> frozenset[str]:
    """Every word of an expression that may be a column: more than there are, never fewer."""
    names = (
        token for token in tokens if token.kind is Kind.QUOTED or (token.kind is Kind.WORD and not is_reserved(token))
    )
    return frozenset(identifier(source[token.start : token.end]) or "" for token in names)
