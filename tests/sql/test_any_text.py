"""No text makes the reader raise, hang or guess."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from statement_cases import cases

from safemigrate.errors import SqlSyntaxError
from safemigrate.schema import Expression, Operation
from safemigrate.sql import cut, parse_name, read, read_expression

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


def test_deep_nesting_is_read() -> None:
    for opening, closing in (("(", ")"), ("[", "]"), ("CASE WHEN ", " END"), ("/*", "*/"), ("NOT ", ""), ("- ", "")):
        check(f"SELECT {opening * 3000}1{closing * 3000}")
        check(f"ALTER TABLE t ADD CHECK ({opening * 3000}a{closing * 3000})")
        check(f"SELECT {opening * 3000}")
