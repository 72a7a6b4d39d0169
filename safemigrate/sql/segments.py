"""Where the statements of a long script begin and end, found without looking at every token.

It stops only at quotes, comments, parentheses and semicolons; scripts with BEGIN ATOMIC need all tokens (scripts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from safemigrate.sql.tokens import Unterminated, comment_end, dollar_end

_STOP = re.compile(r"[;()'\"$\\/\-]")
_STRING = re.compile(r"'(?:[^']++|'')*+'")
_ESCAPED = re.compile(r"'(?:[^'\\]++|''|\\.)*+'", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"]++|"")*+"')
_LINE = re.compile(r"--[^\r\n]*+")
_DOLLAR = re.compile(r"\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z_\x80-\U0010ffff0-9]*+)?\$")
_WORD = re.compile(r"[A-Za-z_\x80-\U0010ffff0-9$]")
_NOTHING = " \t\r\n\f\v"


class Segment(NamedTuple):
    """A statement from its first character, with what stands before its semicolon; *commented* inside or behind."""

    start: int
    end: int
    commented: bool


class Backslash(Exception):
    """A backslash outside of quotes at offset *place*, which only psql understands."""

    def __init__(self, place: int) -> None:
        self.place = place
        super().__init__(place)


def segments(text: str) -> Iterator[Segment]:
    """The statements of *text*, empty ones left out. Raises Unterminated and Backslash."""
    place = start = depth = 0
    commented = False
    while (found := _STOP.search(text, place)) is not None:
        place, key = found.end(), found[0]
        if key == ";" and depth == 0:
            if (first := _first(text, start, place - 1)) is not None:
                yield Segment(first, place - 1, commented)
            start, commented = place, False
        elif key == "(":
            depth += 1
        elif key == ")":
            depth = max(depth - 1, 0)
        elif key == "\\":
            raise Backslash(place - 1)
        elif key in "/-":
            end = _comment(text, place - 1)
            if end is None:
                continue
            # a comment before a statement is passed over, and one inside is kept
            if _first(text, start, place - 1) is None:
                start = end
            else:
                commented = True
            place = end
        elif key in "'\"$":
            place = _quoted(text, place - 1)
    if (first := _first(text, start, len(text))) is not None:
        yield Segment(first, len(text), commented)


def _first(text: str, start: int, end: int) -> int | None:
    """The offset of the first character that is no white space, None where there is none."""
    while start < end and text[start] in _NOTHING:
        start += 1
    return start if start < end else None


def _comment(text: str, place: int) -> int | None:
    """The end of the comment at *place*, None where there is none."""
    if text.startswith("/*", place):
        return comment_end(text, place)
    line = _LINE.match(text, place)
    return line.end() if line else None


def _quoted(text: str, place: int) -> int:
    """The end of what is quoted at *place*; what follows a ``$`` that quotes nothing."""
    inside_word = place > 0 and _WORD.match(text[place - 1]) is not None
    if text[place] == "$":
        tag = None if inside_word else _DOLLAR.match(text, place)
        return place + 1 if tag is None else dollar_end(text, place, tag[0])
    if text[place] == '"':
        match, what = _QUOTED.match(text, place), "a quoted name"
    else:
        escaped = place > 0 and text[place - 1] in "eE" and not (place > 1 and _WORD.match(text[place - 2]))
        match, what = (_ESCAPED if escaped else _STRING).match(text, place), "a string"
        place -= escaped and match is None
    if match is None:
        raise Unterminated(what, place)
    return match.end()
