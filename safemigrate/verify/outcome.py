"""What came of a version's statements on a state: values, without the means that found them out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """What PostgreSQL said no to a statement with."""

    sqlstate: str
    message: str

    def __str__(self) -> str:
        return f"{self.sqlstate}: {self.message}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an outcome speaks of: the entity, and the statement by kind and about."""

    entity: str
    kind: str
    about: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.entity, self.kind, self.about) if part)


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement of a version that PostgreSQL refused, or an answer that the version must not get (no sqlstate)."""

    subject: Subject
    sql: str
    sqlstate: str
    message: str

    def __str__(self) -> str:
        return f"{self.sqlstate}: {self.message}" if self.sqlstate else self.message


@dataclass(frozen=True, slots=True)
class Note:
    """What stands beside a verdict: a statement not tried, or a surprise, with its reason."""

    subject: Subject
    message: str


@dataclass
class Observations:
    """What a version met on a state. *ran* counts statements that were run, *planned* those the planner saw.

    *nulls* are the attributes read as NULL although the model does not allow it. *types* are those of the answers.
    *quirks* are attributes that were not read back as they were written.
    """

    ran: int = 0
    planned: int = 0
    failures: list[Failure] = field(default_factory=list)
    unproven: list[Note] = field(default_factory=list)
    surprises: list[Note] = field(default_factory=list)
    nulls: list[Failure] = field(default_factory=list)
    quirks: list[Failure] = field(default_factory=list)
    types: dict[tuple[str, str], str] = field(default_factory=dict)
