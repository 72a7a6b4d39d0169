"""No text makes the reader raise, hang or guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from statement_cases import cases

from safemigrate.errors import SqlSyntaxError
from safemigrate.schema import Expression, Operation
from safemigrate.schema.operations import Unreadable
from safemigrate.sql import Piece, cut, parse_name, read, read_expression, scripts
from safemigrate.sql.tokens import Unterminated

STATEMENTS = [case.sql for case in cases("statements/*.sql")]
WORDS = sorted({word for statement in STATEMENTS for word in statement.split()})
PUNCTUATION = [
    "(",
    ")",
    "((",
    "))",
    ",",
    ";",
    "'",
    '"',
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "\n",
    "::",
    ".",
    "[",
    "E'",
    "\\",
    "\0",
    "é",
    "%s",
]

sql_like = st.lists(st.sampled_from(WORDS + PUNCTUATION * 5), max_size=40).map(" ".join)
any_text = st.one_of(st.text(max_size=200), sql_like)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A statement of the fixtures with words taken out, doubled or put in the place of others."""
    words = draw(st.sampled_from(STATEMENTS)).split(" ")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(words) - 1))
        words[place : place + draw(st.integers(0, 2))] = draw(
            st.lists(st.sampled_from(WORDS + PUNCTUATION), max_size=2)
        )
        words = words or [""]
    return " ".join(words)


def check(text: str) -> None:
    operations = read(text)
    assert all(isinstance(operation, Operation) for operation in operations)
    for operation in operations:
        assert operation in read(operation.sql())


@given(any_text)
def test_any_text_is_read(text: str) -> None:
    check(text)


@given(mutated())
def test_a_mutated_statement_is_read(text: str) -> None:
    check(text)


@given(st.one_of(any_text, mutated()))
def test_any_text_is_cut_or_refused(text: str) -> None:
    try:
        pieces = cut(text)
    except SqlSyntaxError:
        return
    lines = text.split("\n")
    for piece in pieces:
        assert lines[piece.line - 1][piece.column - 1 :].startswith(piece.text.partition("\n")[0])
        assert len(cut(piece.text)) == 1


@given(any_text)
def test_any_text_is_an_expression(text: str) -> None:
    assert isinstance(read_expression(text), Expression)


@given(any_text)
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = parse_name(text)
    except ValueError:
        return
    assert name == parse_name(name.sql())


@example("$$$$$$")
@example("1$$;$$")
@example("$1a$b$")
@example("$1e'\\'")
@example("%s$$")
@example("%(a)s$$")
@given(
    st.one_of(
        any_text, mutated(), st.lists(st.sampled_from([*PUNCTUATION, "e'", "x", "$1", "a$b$", "-", "/"])).map("".join)
    )
)
def test_a_script_is_cut_alike_by_its_edges_and_by_its_tokens(text: str) -> None:
    assert outcome(scripts._pieces, text) == outcome(scripts._pieces_of_tokens, text)


def outcome(cutting: Callable[[str, scripts._Lines], Iterator[Piece]], text: str) -> object:
    """The pieces; of an error, where it is, since one may be found before another."""
    try:
        return list(cutting(text, scripts._Lines(text)))
    except (SqlSyntaxError, Unterminated) as error:
        return type(error)


DEPTH = 10_000
NESTED = (
    ("(", ")"),
    ("[", "]"),
    ("CASE WHEN ", " END"),
    ("SELECT (", ")"),
    ("ARRAY[", "]"),
    ("f(", ")"),
    ("/*", "*/"),
    ("NOT ", ""),
    ("- ", ""),
    ("a.", ""),
    ("IF true THEN ", " END IF;"),
    ("BEGIN ", " END;"),
)
HEADS = ("SELECT ", "ALTER TABLE t ADD CHECK (", "CREATE VIEW v AS ", "DO $x$ BEGIN ", "CREATE FUNCTION f(", "")


@pytest.mark.parametrize(("opening", "closing"), NESTED)
def test_deep_nesting_is_read(opening: str, closing: str) -> None:
    for head in HEADS:
        check(f"{head}{opening * DEPTH}1{closing * DEPTH}{')' * head.endswith('(')}")
    check(f"SELECT {opening * DEPTH}")


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "SELECT '\0'",
        "CREATE TABLE \0 (a int)",
        "\ud800",
        'CREATE TABLE "\ud800" (a int)',
        'CREATE TABLE U&"\\D800" (a int)',
        'CREATE TABLE U&"\\0000" (a int)',
        "SELECT U&'\\+110000'",
        "DO '\0'",
    ],
)
def test_what_is_no_text_to_postgresql_is_read(text: str) -> None:
    check(text)


def test_a_statement_of_many_megabytes_has_an_answer() -> None:
    (operation,) = read("SELECT '" + "x" * 50_000_000 + "'")

    assert isinstance(operation, Unreadable)
    assert "1,000,000 characters" in operation.reason


def test_a_script_of_many_megabytes_is_cut() -> None:
    pieces = cut("INSERT INTO t VALUES ('" + "x" * 25_000_000 + "');\nSELECT 1;\n" + "-- y\n" * 500_000)

    assert [piece.line for piece in reversed(pieces)] == [2, 1]
