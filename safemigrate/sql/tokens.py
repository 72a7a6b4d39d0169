"""Tokens of SQL, by PostgreSQL's own lexical rules.

sqlglot's tokenizer is not used for this: it hands over what follows DO, CALL, LOCK or RESET as one string,
reads ``a<-1`` and ``1_000`` otherwise than PostgreSQL, and does not say where a quote was opened.
Source: PostgreSQL 15 manual, 4.1.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import NamedTuple


class Kind(enum.Enum):
    WORD = "word"
    QUOTED = "quoted identifier"
    STRING = "string"
    NUMBER = "number"
    PARAMETER = "parameter"
    SYMBOL = "symbol"
    END = "end"


class Token(NamedTuple):
    """A token. *key* is what grammar compares: a word in upper case or a symbol, empty for all else."""

    kind: Kind
    key: str
    start: int
    end: int


class Unterminated(Exception):
    """A quote or comment that is opened at offset *start* and never closed."""

    def __init__(self, what: str, start: int) -> None:
        self.what = what
        self.start = start
        super().__init__(f"{what} is opened and never closed")


_LETTER = r"A-Za-z_\x80-\U0010ffff"
_QUOTES = r"'(?:[^']++|'')*+'"
_TOKEN = re.compile(
    rf"""[\ \t\r\n\f\v]*+(?:
      (?P<nothing>--[^\r\n]*+|\Z)
    | (?P<comment>/\*)
    | (?P<escaped>[eE]'(?:[^'\\]++|''|\\.)*+')
    | (?P<string>(?:[bBxXnN]|[uU]&)?{_QUOTES}(?:[\ \t\f\v]*+[\r\n]\s*+{_QUOTES})*+)
    | (?P<open>[eE]?')
    | (?P<quoted>(?:[uU]&)?"(?:[^"]++|"")*+")
    | (?P<dollar>\$(?:[{_LETTER}][{_LETTER}0-9]*+)?\$)
    | (?P<word>[{_LETTER}][{_LETTER}0-9$]*+)
    | (?P<number>0[xX][0-9a-fA-F_]++|0[oO][0-7_]++|0[bB][01_]++
               |(?:[0-9][0-9_]*+(?:\.(?!\.)[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9]++)?)
    | (?P<parameter>\$[0-9]++|%\(\w++\)s(?!\$)|%s(?![\w$]))
    | (?P<symbol>::|.))
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "escaped": Kind.STRING,
    "string": Kind.STRING,
    "quoted": Kind.QUOTED,
    "word": Kind.WORD,
    "number": Kind.NUMBER,
    "parameter": Kind.PARAMETER,
    "symbol": Kind.SYMBOL,
    "open": Kind.SYMBOL,
}
_EDGE = re.compile(r"/\*|\*/")


def scan(text: str) -> tuple[Token, ...]:
    """The tokens of *text*; comments and white space are left out.

    Raises:
        Unterminated: a quote or a comment has no end.
    """
    return tuple(walk(text))


def walk(text: str) -> Iterator[Token]:
    """The tokens of *text* one by one, for a text that is too long to be held as tokens.

    Raises:
        Unterminated: a quote or a comment has no end.
    """
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        assert match is not None
        found = match.lastgroup or ""
        start, place = match.span(found)
        if found == "comment":
            place = comment_end(text, start)
        elif found == "dollar":
            place = dollar_end(text, start, match[found])
            yield Token(Kind.STRING, "", start, place)
        elif found != "nothing":
            yield Token(_KINDS[found], _key(found, match[found], start), start, place)


def _key(found: str, written: str, place: int) -> str:
    if found == "word":
        return written.upper() if written.isascii() else ""
    if found == "open":
        raise Unterminated("a string", place)
    if written == '"':
        raise Unterminated("a quoted name", place)
    return written if found == "symbol" else ""


def comment_end(text: str, start: int) -> int:
    """The end of the comment at *start*; comments nest."""
    depth = 0
    for edge in _EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise Unterminated("a comment", start)


def dollar_end(text: str, start: int, tag: str) -> int:
    """The end of the string that is quoted with *tag* at *start*."""
    close = text.find(tag, start + len(tag))
    if close < 0:
        raise Unterminated(f"a string quoted with {tag}", start)
    return close + len(tag)


_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_LIMIT_BYTES = 63


def identifier(written: str, escape: str = "\\") -> str | None:
    """The name that a written word or quoted name stands for, None where its escapes stand for nothing.

    *escape* is the character of UESCAPE behind ``U&"…"``. Source: PostgreSQL 15 manual, 4.1.1: only ASCII letters
    are folded, and 63 bytes are kept.
    """
    if written[:2] in ("U&", "u&"):
        plain = _unicode(written[2:][1:-1].replace('""', '"'), escape)
        return None if plain is None else identifier(f'"{plain.replace(chr(34), chr(34) * 2)}"')
    name = written[1:-1].replace('""', '"') if written.startswith('"') else written.translate(_LOWER)
    if len(name) * 4 <= _LIMIT_BYTES:
        return name
    return name.encode(errors="surrogatepass")[:_LIMIT_BYTES].decode(errors="ignore")


_ESCAPE = re.compile(r"''|\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SEGMENT = re.compile(_QUOTES)


def _unicode(text: str, escape: str) -> str | None:
    """*text* with what *escape* and four digits, or six behind a plus, stand for; None where that is nothing."""
    mark = re.escape(escape)
    pattern = rf"{mark}(?:({mark})|([0-9a-fA-F]{{4}})|\+([0-9a-fA-F]{{6}})|(.?))"
    found: list[str] = []
    place = 0
    for match in re.finditer(pattern, text, re.DOTALL):
        code = match[2] or match[3]
        if match[1] is None and (code is None or not 0 < int(code, 16) < 0x110000):
            return None
        found += [text[place : match.start()], match[1] or chr(int(code, 16))]
        place = match.end()
    # two halves of a character beyond the first plane are one
    joined = "".join((*found, text[place:]))
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def string_value(written: str, escape: str = "\\") -> str | None:
    """The value of a string constant, None for bit strings and escapes that stand for nothing.

    *escape* is the character of UESCAPE behind ``U&'…'``.
    """
    if written[:2] in ("U&", "u&"):
        inside = "".join(segment[0][1:-1].replace("''", "'") for segment in _SEGMENT.finditer(written[2:]))
        return _unicode(inside, escape)
    if written.startswith("$"):
        tag = written[: written.index("$", 1) + 1]
        return written[len(tag) : -len(tag)]
    if written[0] in "eE":
        return _ESCAPE.sub(_unescaped, written[2:-1])
    if written[0] in "nN":
        written = written[1:]
    if not written.startswith("'"):
        return None
    return "".join(segment[0][1:-1].replace("''", "'") for segment in _SEGMENT.finditer(written))


def _unescaped(match: re.Match[str]) -> str:
    octal, hexadecimal, short, long, single = match.groups()
    if octal:
        return chr(int(octal, 8))
    if hexadecimal or short or long:
        code = int(hexadecimal or short or long, 16)
        return chr(code) if code < 0x110000 else match[0]
    return _CONTROLS.get(single, single) if single else "'"
