"""What reading a history gives: revisions, and the statements they run."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safemigrate.history.dependencies import Dependency

#: what a stand-in for a missing module is called where it stands in a text
STAND_IN_MARK = "safemigrate_stand_in_"


class Phase(enum.StrEnum):
    """When a revision runs. Expand: only the old version runs. Migrate: old or both. Contract: the old is gone."""

    EXPAND = "expand"
    MIGRATE = "migrate"
    CONTRACT = "contract"


class Direction(enum.StrEnum):
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


class Doubt(enum.StrEnum):
    """Why a statement is not certain: an inspection of the live schema, a missing module, or a made-up row."""

    INSPECTION = "inspection"
    STAND_IN = "stand-in"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Revision:
    """An Alembic revision as its file declares it; nothing of its body has run.

    *phase* is its ``safemigrate_phase``, or *branch*, which is what the branch it stands in is labelled; None where
    neither names one. *backfills* are what its
    ``safemigrate_backfill`` holds, one or several, and *answers* its ``safemigrate_answers``: what its author decided
    for split.
    """

    id: str
    down: tuple[str, ...]
    path: Path
    phase: Phase | None = None
    backfills: tuple[Mapping[str, object], ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    depends_on: tuple[str, ...] = ()
    #: the first line of the docstring
    title: str = ""
    branch: Phase | None = None
    #: whether its own file names the phase
    phased: bool = False
    #: the SHA-256 of the file's bytes
    digest: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement that a revision runs.

    *line* and *column* are 1-based, in *path*. *transaction* numbers the transactions of the revision from 0;
    None means autocommit. *parameters* tells whether values travel beside the text. *doubts* say whether a stand-in
    module, a made-up row or an inspection of the live schema decided that, or how, it runs. *stand_ins* names what
    was missing and shaped its text, such as a column type of the application. *sent* is the text that the driver got,
    where constants of the file stand in *sql* that travelled beside it.
    """

    sql: str
    revision: str
    path: Path
    line: int
    column: int = 1
    direction: Direction = Direction.UPGRADE
    transaction: int | None = 0
    parameters: bool = False
    doubts: frozenset[Doubt] = frozenset()
    stand_ins: tuple[str, ...] = ()
    sent: str = ""

    @property
    def certain(self) -> bool:
        """Whether nothing but the file decides that it runs, and how."""
        return not self.doubts

    def record(self) -> list[Any]:
        """What recorded() makes it from again, beside what its revision says: for JSON."""
        told = (self.sql, self.line, self.column, self.transaction, self.parameters)
        return [*told, sorted(self.doubts), list(self.stand_ins), self.sent]


def recorded(record: Sequence[Any], revision: Revision, direction: Direction) -> Statement:
    """The statement of *revision* that a record tells of."""
    sql, line, column, transaction, parameters, doubts, stand_ins, sent = record
    return Statement(
        sql,
        revision.id,
        revision.path,
        line,
        column=column,
        direction=direction,
        transaction=transaction,
        parameters=parameters,
        doubts=frozenset(map(Doubt, doubts)),
        stand_ins=tuple(stand_ins),
        sent=sent,
    )


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why part of a revision could not be read: *reason* for people, at *line* of the revision's file."""

    line: int
    reason: str
    direction: Direction = Direction.UPGRADE


@dataclass(frozen=True, slots=True)
class Reading:
    """A revision with the statements of both directions, in order, and what kept us from reading more.

    *depends* is what it hangs on beside the revision's own text.
    """

    revision: Revision
    statements: tuple[Statement, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    depends: tuple[Dependency, ...] = field(default=(), compare=False, repr=False)

    def run(self, direction: Direction) -> tuple[Statement, ...]:
        """The statements of one direction."""
        return tuple(s for s in self.statements if s.direction is direction)
