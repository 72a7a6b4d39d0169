"""The verdicts of a verification: states by versions, and what they come to."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from safemigrate.verify.outcome import Failure, Note, Observations, Refusal, Subject
from safemigrate.verify.state import Stage, State

OLD = "old"
NEW = "new"

#: what a sample row may be refused for although the version and the schema agree
_SAMPLE = ("23514", "23505", "23503", "23P01", "P0001")

# a version that leaves out what is required is at fault, unless it does so where it runs today
_NULL_REFUSED = "23502"


class Verdict(enum.StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_VERIFIED = "not-verified"


class Role(enum.StrEnum):
    """Why a cell is there: it must pass; the version comes only later; or its failing blocks a rollback."""

    REQUIRED = "required"
    EARLY = "early"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Cell:
    """One version on one state. *unproven* and *surprises* never fail it; *unproven* keeps it from passing."""

    state: State
    version: str
    role: Role
    verdict: Verdict
    failures: tuple[Failure, ...] = ()
    unproven: tuple[Note, ...] = ()
    surprises: tuple[Note, ...] = ()
    ran: int = 0
    planned: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """The step that PostgreSQL refused, so that the states behind it could not be looked at."""

    state: State
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Versions:
    """The two versions as a person named them, and the revisions they were built for."""

    old: str
    new: str
    old_revision: str
    new_revision: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """All cells. *phased* tells whether the release names its phases, without which all of it is judged as expand."""

    versions: Versions
    states: tuple[State, ...]
    cells: tuple[Cell, ...]
    phased: bool = True
    stop: Stop | None = None
    seconds: float = 0.0
    postgres: int = 0
    statements: Mapping[str, int] = field(default_factory=dict)

    def cell(self, state: State, version: str) -> Cell | None:
        """The cell of *version* on *state*."""
        return next((each for each in self.cells if each.state == state and each.version == version), None)

    @property
    def required(self) -> tuple[Cell, ...]:
        """The cells that must pass."""
        return tuple(cell for cell in self.cells if cell.role is Role.REQUIRED)

    @property
    def verdict(self) -> Verdict:
        """Fail if a required cell fails or a step is refused, else not-verified if one is not verified."""
        verdicts = {cell.verdict for cell in self.required}
        if Verdict.FAIL in verdicts or self.stop is not None:
            return Verdict.FAIL
        return Verdict.NOT_VERIFIED if Verdict.NOT_VERIFIED in verdicts else Verdict.PASS

    @property
    def blocked(self) -> Cell | None:
        """The first cell in which the old version fails once contract has begun: from there, roll forward."""
        return next((c for c in self.cells if c.role is Role.ROLLBACK and c.verdict is Verdict.FAIL), None)


def role(state: State, version: str) -> Role:
    """What is asked of *version* on *state*."""
    if version == OLD:
        return Role.ROLLBACK if state.stage is Stage.CLOSING else Role.REQUIRED
    return Role.REQUIRED if state.stage in (Stage.OPEN, Stage.CLOSING) else Role.EARLY


def judged(
    state: State,
    version: str,
    seen: Observations | None,
    *,
    home: Observations | None,
    running: Observations | None = None,
) -> Cell:
    """The cell for what *version* met on *state* (None: the state was not reached).

    *home* is what it met on the schema it was built for: what is refused there as well, for the values that we
    made up, proves nothing against another state. *running* is what the old version met before the release:
    since it runs there, all that is refused for values is our doing.
    """
    asked = role(state, version)
    if seen is None:
        reason = Note(Subject("", "state"), "this state was not reached")
        return Cell(state, version, asked, Verdict.NOT_VERIFIED, unproven=(reason,))
    home = home or Observations()
    usual = {(f.subject, f.sqlstate) for f in home.failures if _sample_at_fault(f) and not _is_unknown_label(f)}
    before = running.failures if running else ()
    usual |= {(f.subject, f.sqlstate) for f in before if _sample_at_fault(f) or f.sqlstate == _NULL_REFUSED}
    failures = [each for each in seen.failures if (each.subject, each.sqlstate) not in usual]
    unproven = [
        *seen.unproven,
        *(Note(f.subject, _sample_note(f)) for f in seen.failures if (f.subject, f.sqlstate) in usual),
    ]
    quirks = {each.subject for each in home.quirks} if seen is not home else {each.subject for each in seen.quirks}
    failures += [each for each in seen.quirks if each.subject not in quirks]
    surprises = list(seen.surprises)
    expected = {each.subject for each in home.nulls} if version == OLD else set()
    nulls = [each for each in seen.nulls if each.subject not in expected]
    if version == NEW and asked is Role.REQUIRED:
        failures += nulls
    else:
        surprises += [Note(each.subject, each.message) for each in nulls]
    surprises += _other_types(seen, home)
    verdict = Verdict.FAIL if failures else Verdict.NOT_VERIFIED if unproven or not seen.planned else Verdict.PASS
    if not seen.planned and not failures:
        unproven.append(Note(Subject("", "workload"), "the version's models map nothing"))
    return Cell(
        state,
        version,
        asked,
        verdict,
        tuple(dict.fromkeys(failures)),
        tuple(dict.fromkeys(unproven)),
        tuple(dict.fromkeys(surprises)),
        ran=seen.ran,
        planned=seen.planned,
    )


def _sample_at_fault(failure: Failure) -> bool:
    return failure.sqlstate in _SAMPLE or failure.sqlstate.startswith("22")


def _is_unknown_label(failure: Failure) -> bool:
    """Whether the type lacks a label that the model's enum has: we made the row up, and not the label.

    Alembic's autogenerate compares no labels, so that nobody may have written the revision that adds it.
    """
    return failure.sqlstate == "22P02" and failure.message.startswith("invalid input value for enum ")


def _sample_note(failure: Failure) -> str:
    return f"the row we made up is refused on the version's own schema, too ({failure})"


def _other_types(seen: Observations, home: Observations) -> list[Note]:
    return [
        Note(Subject(entity, "read", name), f"{entity}.{name} is read as {type_} and was {home.types[entity, name]}")
        for (entity, name), type_ in seen.types.items()
        if home.types.get((entity, name), type_) != type_
    ]
