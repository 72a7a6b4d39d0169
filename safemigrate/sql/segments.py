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
    place = start = depth = closed = 0
    commented = False
    word = _Word(text)
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
            place = _quoted(text, place - 1, closed, key == "$" and word.holds(place - 1, closed))
            # a lone $ closes nothing
            closed = closed if place == found.end() else place
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


class _Word:
    """Whether the ``$`` of a text stand in names; they are asked about from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._behind = 0
        self._held = False

    def holds(self, place: int, closed: int) -> bool:
        """Whether the ``$`` at *place* goes on with a name. *closed* is where the quotation before it ended."""
        floor = max(closed, self._behind)
        start = place
        while start > floor and _WORD.match(self._text[start - 1]):
            start -= 1
        goes_on = start == self._behind > closed and self._held
        # a number ends where its digits do
        held = goes_on or self._text[start:place].lstrip("0123456789") != ""
        self._behind, self._held = place + 1, held
        return held


def _stands_alone(text: str, place: int, closed: int) -> bool:
    """Whether the letter at *place* begins a word: before it stand a number or a parameter at the most."""
    start = place
    while start > closed and _WORD.match(text[start - 1]):
        start -= 1
    return text[start:place].strip("0123456789$") == ""


def _quoted(text: str, place: int, closed: int, inside_word: bool) -> int:
    """The end of what is quoted at *place*; what follows a ``$`` that quotes nothing.

    *closed* is where the quotation before it ended: its own ``$`` belongs to no word.
    """
    if text[place] == "$":
        tag = None if inside_word else _DOLLAR.match(text, place)
        return place + 1 if tag is None else dollar_end(text, place, tag[0])
    if text[place] == '"':
        match, what = _QUOTED.match(text, place), "a quoted name"
    else:
        escaped = place > closed and text[place - 1] in "eE" and _stands_alone(text, place - 1, closed)
        match, what = (_ESCAPED if escaped else _STRING).match(text, place), "a string"
        place -= escaped and match is None
    if match is None:
        raise Unterminated(what, place)
    return match.end()
