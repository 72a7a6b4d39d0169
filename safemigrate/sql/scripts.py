"""Scripts, cut into statements."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from safemigrate.errors import SqlSyntaxError
from safemigrate.sql.tokens import Token, Unterminated, scan


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
        tokens = scan(bare)
    except Unterminated as error:
        raise _error(lines, error.start, str(error), "Close it.") from None
    return tuple(_piece(bare, lines, statement) for statement in statements(tokens))


def statements(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each statement, cut at the semicolons outside parentheses and BEGIN ATOMIC … END."""
    start = depth = blocks = 0
    for place, token in enumerate(tokens):
        if token.key == ";" and depth == blocks == 0:
            if place > start:
                yield tokens[start:place]
            start = place + 1
        elif token.key == "(":
            depth += 1
        elif token.key == ")":
            depth = max(depth - 1, 0)
        elif token.key == "ATOMIC" and tokens[place - 1].key == "BEGIN" and tokens[start].key == "CREATE":
            blocks += 1
        elif blocks and token.key in ("CASE", "END"):
            blocks += 1 if token.key == "CASE" else -1
    if start < len(tokens):
        yield tokens[start:]


def _piece(script: str, lines: _Lines, tokens: Sequence[Token]) -> Piece:
    for token in tokens:
        if token.key == "\\":
            found = f"{_line_from(script, token.start)!r} is a command of psql"
            raise _error(lines, token.start, found, "Take it out: only SQL can be read.")
    if tokens[0].key == "COPY" and any(token.key == "STDIN" for token in tokens):
        raise _error(lines, tokens[0].start, "COPY … FROM stdin carries data", "Dump the schema without its data.")
    line, column = lines.place(tokens[0].start)
    return Piece(script[tokens[0].start : tokens[-1].end], line, column)


def _line_from(script: str, start: int) -> str:
    return script[start:].partition("\n")[0][:40].rstrip()


def _error(lines: _Lines, offset: int, found: str, remedy: str) -> SqlSyntaxError:
    line, column = lines.place(offset)
    return SqlSyntaxError(f"{found}.", where=f"line {line}", remedy=remedy, line=line, column=column)
