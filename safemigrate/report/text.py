"""Styled lines, and text that is safe to show: what comes from SQL may not steer a terminal or a log."""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from safemigrate.redact import redact


class Style(enum.StrEnum):
    """How a piece of a line looks where colours are; the values are rich's names."""

    PLAIN = ""
    BOLD = "bold"
    DIM = "dim"
    ERROR = "bold red"
    WARNING = "yellow"
    ADVICE = "cyan"
    GOOD = "green"


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


def line(*pieces: str | tuple[str, Style]) -> Line:
    """A line of plain and styled pieces."""
    return tuple((piece, Style.PLAIN) if isinstance(piece, str) else piece for piece in pieces)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text without colours."""
    return "".join("".join(text for text, _ in each).rstrip() + "\n" for each in lines)


def colours(stream: TextIO) -> bool:
    """Whether *stream* is a terminal that shows colours. Source: no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(lines: Iterable[Line], stream: TextIO) -> None:
    """Write *lines* to *stream*, in colour where it is a terminal; never wrapped, so that it can be pasted."""
    if not colours(stream):
        stream.write(plain(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for each in lines:
        console.print(Text.assemble(*((text, style.value) for text, style in each)), soft_wrap=True)


def relative(path: Path, root: Path) -> str:
    """*path* from *root* where it lies below it, with forward slashes."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def counted(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
