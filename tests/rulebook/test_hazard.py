"""What a phase takes away, and how loud the rest is."""

from __future__ import annotations

import pytest

from safemigrate.rulebook import Hazard, Phase, Severity, remaining, severity

EVERYTHING = frozenset(Hazard)
NEVER_DISCHARGED = {Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES, Hazard.REWRITES_TABLE, Hazard.FAILS, Hazard.LOSES_DATA}


@pytest.mark.parametrize("phase", [Phase.EXPAND, Phase.MIGRATE])
def test_before_contract_the_new_version_is_not_there_to_break(phase: Phase) -> None:
    assert remaining(EVERYTHING, phase) == EVERYTHING - {Hazard.BREAKS_NEW}


def test_in_contract_no_old_version_is_left() -> None:
    assert remaining(EVERYTHING, Phase.CONTRACT) == EVERYTHING - {Hazard.BREAKS_OLD, Hazard.SURPRISES_OLD}


@pytest.mark.parametrize("phase", Phase)
def test_no_phase_excuses_locks_rewrites_or_refusals(phase: Phase) -> None:
    assert remaining(EVERYTHING, phase) >= NEVER_DISCHARGED


SEVERITIES = {
    Hazard.BREAKS_OLD: Severity.ERROR,
    Hazard.SURPRISES_OLD: Severity.WARNING,
    Hazard.BREAKS_NEW: Severity.ERROR,
    Hazard.BLOCKS_READS: Severity.ERROR,
    Hazard.BLOCKS_WRITES: Severity.ERROR,
    Hazard.REWRITES_TABLE: Severity.ERROR,
    Hazard.LOSES_DATA: Severity.ERROR,
    Hazard.FAILS: Severity.ERROR,
    Hazard.BREAKS_REPLICATION: Severity.WARNING,
    Hazard.UNREADABLE: Severity.WARNING,
    Hazard.ADVICE: Severity.ADVICE,
}


@pytest.mark.parametrize("hazard", Hazard)
def test_every_hazard_has_the_severity_of_the_design(hazard: Hazard) -> None:
    assert severity([hazard], Phase.EXPAND) is SEVERITIES[hazard]


def test_loudest_hazard_counts() -> None:
    assert severity([Hazard.ADVICE, Hazard.SURPRISES_OLD, Hazard.FAILS], Phase.EXPAND) is Severity.ERROR
    assert severity([Hazard.ADVICE, Hazard.SURPRISES_OLD], Phase.EXPAND) is Severity.WARNING


def test_doubt_makes_an_error_a_warning_and_nothing_else() -> None:
    assert severity([Hazard.FAILS], Phase.EXPAND, certain=False) is Severity.WARNING
    assert severity([Hazard.UNREADABLE], Phase.EXPAND, certain=False) is Severity.WARNING
    assert severity([Hazard.ADVICE], Phase.EXPAND, certain=False) is Severity.ADVICE


def test_lost_data_is_what_a_person_accepts_in_contract() -> None:
    assert severity([Hazard.LOSES_DATA], Phase.CONTRACT) is Severity.ADVICE
    assert severity([Hazard.LOSES_DATA, Hazard.FAILS], Phase.CONTRACT) is Severity.ERROR
    assert severity([Hazard.LOSES_DATA], Phase.MIGRATE) is Severity.ERROR
