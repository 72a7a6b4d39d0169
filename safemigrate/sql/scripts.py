"""Scripts, cut into statements."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from safemigrate.errors import SqlSyntaxError
from safemigrate.sql.segments import Backslash, Segment, segments
from safemigrate.sql.tokens import Token, Unterminated, walk


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a script, without its semicolon. *line* and *column* are of its first token, 1-based."""

    text: str
    line: int
    column: int


class _Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of *offset*, 1-based."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


_ATOMIC = re.compile(r"\bATOMIC\b", re.IGNORECASE)
_COPY = re.compile(r"COPY\b", re.IGNORECASE)
_NOTHING = " \t\r\n\f\v"
# pg_dump fences its output with \restrict and \unrestrict since August 2025; they change nothing that we read
_FENCES = re.compile(r"^\\(?:un)?restrict\b[^\n]*", re.MULTILINE)


def cut(script: str) -> tuple[Piece, ...]:
    """The statements of *script* in order; empty ones and comments before a statement are left out.

    Raises:
        SqlSyntaxError: a quote or comment has no end, or the script holds what only psql understands.
    """
    lines = _Lines(script)
    bare = _FENCES.sub(lambda fence: " " * len(fence[0]), script) if "restrict" in script else script
    try:
        return tuple(_pieces(bare, lines))
    except Unterminated as error:
        raise _error(lines, error.start, str(error), "Close it.") from None


def statements(tokens: Iterable[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each statement, cut at the semicolons outside parentheses and BEGIN ATOMIC … END."""
    statement: list[Token] = []
    for token, ends in _with_ends(tokens):
        if not ends:
            statement.append(token)
        elif statement:
            yield statement
            statement = []
    if statement:
        yield statement


def _with_ends(tokens: Iterable[Token]) -> Iterator[tuple[Token, bool]]:
    """Each token, and whether it is a semicolon that ends a statement."""
    depth = blocks = 0
    first = before = ""
    for token in tokens:
        key = token.key
        ends = key == ";" and depth == blocks == 0
        yield token, ends
        if key == "(":
            depth += 1
        elif key == ")":
            depth = max(depth - 1, 0)
        elif key == "ATOMIC" and before == "BEGIN" and first == "CREATE":
            blocks += 1
        elif blocks and key in ("CASE", "END"):
            blocks += 1 if key == "CASE" else -1
        first = "" if ends else first or key or " "
        before = key


def _pieces(script: str, lines: _Lines) -> Iterator[Piece]:
    if _ATOMIC.search(script) is not None:
        yield from _pieces_of_tokens(script, lines)
        return
    try:
        for segment in segments(script):
            yield _piece_of_segment(script, lines, segment)
    except Backslash as error:
        _refuse_backslash(script, lines, error.place)


def _piece_of_segment(script: str, lines: _Lines, segment: Segment) -> Piece:
    text = script[segment.start : segment.end].rstrip(_NOTHING)
    if segment.commented:
        *_, last = walk(text)
        text = text[: last.end]
    if _COPY.match(text) and any(token.key == "STDIN" for token in walk(text)):
        _refuse_data(lines, segment.start)
    return Piece(text, *lines.place(segment.start))


def _pieces_of_tokens(script: str, lines: _Lines) -> Iterator[Piece]:
    """The pieces, each token looked at; of a long statement, no more than its ends are kept in mind."""
    first: Token | None = None
    last: Token | None = None
    for token, ends in _with_ends(walk(script)):
        if ends and first is not None and last is not None:
            yield _piece(script, lines, first, last)
            first = None
        elif not ends:
            first, last = first or token, token
            if token.key == "\\":
                _refuse_backslash(script, lines, token.start)
            if token.key == "STDIN" and first.key == "COPY":
                _refuse_data(lines, first.start)
    if first is not None and last is not None:
        yield _piece(script, lines, first, last)


def _refuse_backslash(script: str, lines: _Lines, place: int) -> NoReturn:
    found = f"{_line_from(script, place)!r} is a command of psql"
    raise _error(lines, place, found, "Take it out: only SQL can be read.")


def _refuse_data(lines: _Lines, place: int) -> NoReturn:
    raise _error(lines, place, "COPY … FROM stdin carries data", "Dump the schema without its data.")


def _piece(script: str, lines: _Lines, first: Token, last: Token) -> Piece:
    line, column = lines.place(first.start)
    return Piece(script[first.start : last.end], line, column)


def _line_from(script: str, start: int) -> str:
    return script[start:].partition("\n")[0][:40].rstrip()


def _error(lines: _Lines, offset: int, found: str, remedy: str) -> SqlSyntaxError:
    line, column = lines.place(offset)
    return SqlSyntaxError(f"{found}.", where=f"line {line}", remedy=remedy, line=line, column=column)
