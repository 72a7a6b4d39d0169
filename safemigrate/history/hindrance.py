"""Why part of a revision could not be read, said for people: from the exception to the line and the sentence."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from safemigrate.history.guard import Refused
from safemigrate.history.source import Source


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why part of a run could not be read, and the line it happened on."""

    line: int
    reason: str


class TooLong(BaseException):
    """A revision ran longer than its limit. No Exception, so that a revision cannot take it for one of its own."""


class NeedsAncestors(BaseException):
    """The revision looks at the live schema before the revisions that make it were read."""


def out_of_time(signal_number: int, frame: FrameType | None) -> NoReturn:
    """The handler of the alarm that ends a pass."""
    raise TooLong


def hindrance(error: BaseException, what: str, source: Source, last_line: int) -> Hindrance:
    """What *error* says of *what* (``upgrade()``); *last_line* is where the revision was last seen."""
    return Hindrance(_line(error, source) or last_line, _reason(error, what))


def _line(error: BaseException, source: Source) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == source.filename:
        return error.lineno
    inside = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == source.filename
    ]
    return inside[-1] if inside else None


_NO_OPERATION = re.compile(
    r"module 'alembic\.op' has no attribute '(\w+)'|'\w*Operations' object has no attribute '(\w+)'"
)


def _reason(error: BaseException, what: str) -> str:
    text = " ".join(str(error).split("\n[SQL:")[0].split("(Background on")[0].split())
    if isinstance(error, Refused):
        return text
    if isinstance(error, TooLong):
        return f"{what} did not end in time"
    if isinstance(error, NotImplementedError):
        return f"{what} is not implemented" + (f": {text}" if text else "")
    if isinstance(error, SystemExit):
        return f"{what} ends the process"
    if match := _NO_OPERATION.search(text):
        return f"op.{match[1] or match[2]} is no operation known here: install the plugin that registers it"
    return f"{what} raised {type(error).__name__}" + (f": {text[:300]}" if text else "")
