"""A finding: what a rule said at a statement, and the safe form."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from pathlib import Path

from safemigrate.history.statement import Direction, Phase
from safemigrate.rulebook.hazard import Hazard, Severity
from safemigrate.schema import Lock, Work


@dataclass(frozen=True, slots=True)
class Fix:
    """The statements of one phase of the safe form, each without a semicolon."""

    phase: Phase
    sql: tuple[str, ...]


class Origin(enum.StrEnum):
    """Where it stands that a finding does not count."""

    COMMENT = "comment"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding is not counted: the reason somebody wrote beside the statement, and until when it holds.

    *origin* tells such a comment from the project's baseline of findings, which gives no reasons.
    """

    reason: str
    until: datetime.date | None = None
    origin: Origin = Origin.COMMENT


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's hazards at a statement.

    *line* and *column* are 1-based in *path*. *statement* is the SQL as PostgreSQL gets it. *phase* is the one it
    was judged in; *suggested_phase* the one its hazards suggest, for a revision that names none. *fix* is empty
    where the rule knows no safe form; *refusal* then says why, if the rule could tell. *deploy* stands between
    expand and contract.
    """

    rule: str
    hazards: frozenset[Hazard]
    severity: Severity
    message: str
    statement: str
    path: Path
    line: int
    column: int = 1
    revision: str = ""
    phase: Phase = Phase.EXPAND
    suggested_phase: Phase | None = None
    direction: Direction = Direction.UPGRADE
    locks: tuple[Lock, ...] = ()
    work: Work = Work.INSTANT
    fix: tuple[Fix, ...] = ()
    deploy: str = ""
    refusal: str = ""
    certain: bool = True
    suppressed: Suppression | None = None
