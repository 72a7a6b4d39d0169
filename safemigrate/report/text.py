"""Styled lines, and text that is safe to show: what comes from SQL may not steer a terminal or a log."""

from __future__ import annotations

import enum
import io
import os
import re
from collections.abc import Iterable
from typing import TextIO

from safemigrate.paths import relative
from safemigrate.redact import redact

__all__ = [
    "Line",
    "Linked",
    "Style",
    "clean",
    "coloured",
    "colours",
    "counted",
    "in_log",
    "line",
    "no_command",
    "plain",
    "relative",
    "show",
]


class Style(enum.StrEnum):
    """How a piece of a line looks where colours are; the values are rich's names."""

    PLAIN = ""
    BOLD = "bold"
    DIM = "dim"
    ERROR = "bold red"
    WARNING = "yellow"
    ADVICE = "cyan"
    GOOD = "green"


class Linked(str):
    """Text that leads to *target*, a URL, where a terminal follows links; elsewhere plain text."""

    __slots__ = ("target",)
    target: str

    def __new__(cls, text: str, target: str) -> Linked:
        made = super().__new__(cls, text)
        made.target = target
        return made


Line = tuple[tuple[str, Style], ...]

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # a sequence that moves, clears or colours
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # one that sets the title or a link
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"  # the C0 and C1 control characters but newline and tab
    r"|[\u202a-\u202e\u2066-\u2069]"  # what reverses the direction of text
)


def clean(text: str) -> str:
    """*text* without escape sequences and control characters, and without passwords."""
    return redact(_CONTROL.sub("", text.replace("\r\n", "\n")))


_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[)", re.MULTILINE)


def no_command(text: str) -> str:
    """*text* whose lines GitHub Actions does not take for commands: a space of no width keeps their marks apart.

    Source: actions/runner, ActionCommand.cs: ``::`` at the beginning of a trimmed line, ``##[`` anywhere.
    """
    return _COMMAND.sub(lambda match: f"{match[0]}\u200b", text)


def in_log(text: str) -> str:
    """*text* as it may be printed here: where a runner of GitHub Actions reads along, no line is a command."""
    return no_command(text) if os.environ.get("GITHUB_ACTIONS") == "true" else text


def line(*pieces: str | tuple[str, Style]) -> Line:
    """A line of plain and styled pieces."""
    return tuple((piece, Style.PLAIN) if isinstance(piece, str) else piece for piece in pieces)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text without colours."""
    return "".join("".join(text for text, _ in each).rstrip() + "\n" for each in lines)


def colours(stream: TextIO) -> bool:
    """Whether *stream* is to be coloured: a terminal that shows colours, or FORCE_COLOR asks for them.

    Source: no-color.org, force-color.org.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def show(lines: Iterable[Line], stream: TextIO) -> None:
    """Write *lines* to *stream*, in colour where it is a terminal; never wrapped, so that it can be pasted."""
    stream.write(in_log(coloured(lines) if colours(stream) else plain(lines)))


def coloured(lines: Iterable[Line]) -> str:
    """The lines as text with the sequences that colour it and make links, for a terminal."""
    from rich.console import Console
    from rich.style import Style as Look
    from rich.text import Text

    written = io.StringIO()
    console = Console(file=written, force_terminal=True, highlight=False, markup=False, emoji=False)
    for each in lines:
        pieces = (
            (text, Look.parse(style.value) + Look(link=text.target))
            if isinstance(text, Linked)
            else (text, style.value)
            for text, style in each
        )
        console.print(Text.assemble(*pieces), soft_wrap=True)
    return written.getvalue()


def counted(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
