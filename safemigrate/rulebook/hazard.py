"""Hazards, severities, and what a phase takes away from them."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from safemigrate.history.statement import Phase


class Severity(enum.StrEnum):
    """How loud a finding is, in rising order."""

    ADVICE = "advice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Hazard(enum.StrEnum):
    """Why a finding matters. A closed set; the design says what each means."""

    BREAKS_OLD = "breaks-old"
    SURPRISES_OLD = "surprises-old"
    BREAKS_NEW = "breaks-new"
    BLOCKS_READS = "blocks-reads"
    BLOCKS_WRITES = "blocks-writes"
    REWRITES_TABLE = "rewrites-table"
    LOSES_DATA = "loses-data"
    FAILS = "fails"
    BREAKS_REPLICATION = "breaks-replication"
    UNREADABLE = "unreadable"
    ADVICE = "advice"

    @property
    def severity(self) -> Severity:
        """The severity of a finding with this hazard, where a rule says nothing else."""
        return _SEVERITIES.get(self, Severity.ERROR)


_SEVERITIES = {
    Hazard.SURPRISES_OLD: Severity.WARNING,
    Hazard.BREAKS_REPLICATION: Severity.WARNING,
    Hazard.UNREADABLE: Severity.WARNING,
    Hazard.ADVICE: Severity.ADVICE,
}

_DISCHARGED = {
    Phase.EXPAND: frozenset({Hazard.BREAKS_NEW}),
    Phase.MIGRATE: frozenset({Hazard.BREAKS_NEW}),
    Phase.CONTRACT: frozenset({Hazard.BREAKS_OLD, Hazard.SURPRISES_OLD}),
}


def remaining(hazards: Iterable[Hazard], phase: Phase) -> frozenset[Hazard]:
    """The hazards that *phase* does not discharge. Nothing discharges a blocked or rewritten table, or a failure."""
    return frozenset(hazards) - _DISCHARGED[phase]


def needs_approval(hazards: Iterable[Hazard], phase: Phase) -> bool:
    """Whether nothing is left but data that a contract loses: a person accepts that, and no other form would do."""
    return phase is Phase.CONTRACT and frozenset(hazards) == {Hazard.LOSES_DATA}


def severity(hazards: Iterable[Hazard], phase: Phase, *, certain: bool = True) -> Severity:
    """The loudest hazard's severity. Uncertainty turns an error into a warning.

    In contract, lost data is what apply asks a person to accept, so it is advice there.
    """
    found = [
        Severity.ADVICE if hazard is Hazard.LOSES_DATA and phase is Phase.CONTRACT else hazard.severity
        for hazard in hazards
    ]
    loudest = max(found, key=lambda s: s.rank, default=Severity.ADVICE)
    return loudest if certain or loudest is not Severity.ERROR else Severity.WARNING
