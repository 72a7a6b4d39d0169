"""A state of a release: the schema before its first step, between two steps or after the last."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from safemigrate.history.statement import Phase


class Stage(enum.StrEnum):
    """How far a release is: before it, in the middle of opening the schema, open to both versions, or closing."""

    BEFORE = "before"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class State:
    """The schema after *step* (empty: before the first). *half* says that the step, a backfill, is half done.

    *path* and *line* are those of the step, *title* what its revision says it does.
    """

    name: str
    stage: Stage
    step: str = ""
    phase: Phase | None = None
    half: bool = False
    title: str = ""
    path: Path | None = None
    line: int = 1
