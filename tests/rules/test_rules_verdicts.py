"""No dangerous change is passed over, and at most one safe change in fifty raises an alarm."""

from __future__ import annotations

import pytest
from verdict_cases import DANGEROUS, SAFE, Case

import safemigrate
from safemigrate.rulebook.hazard import Severity


def _alarms(case: Case) -> list[safemigrate.Finding]:
    """What is said louder than advice of the change, under a lock timeout that nobody could complain of."""
    timeout = f"SET {'' if case.autocommit else 'LOCAL '}lock_timeout = '1s';\n"
    found = safemigrate.lint_sql(
        f"{timeout}{case.sql};", schema_sql=case.given, postgres=case.postgres, autocommit=case.autocommit
    )
    return [finding for finding in found if finding.severity is not Severity.ADVICE]


@pytest.mark.parametrize("case", DANGEROUS, ids=lambda case: case.title)
def test_a_dangerous_change_is_told_with_its_hazard(case: Case) -> None:
    told = {hazard.value for finding in _alarms(case) for hazard in finding.hazards}
    assert case.hazard in told


def test_a_safe_change_raises_no_alarm() -> None:
    """All in one test, since one in fifty may."""
    flagged = {case.title: [alarm.rule for alarm in alarms] for case in SAFE if (alarms := _alarms(case))}
    assert len(flagged) * 50 <= len(SAFE), flagged


def test_nothing_stops_a_change_from_being_judged() -> None:
    """A case whose own database is not read would be judged on nothing."""
    (given,) = {case.given for case in [*DANGEROUS, *SAFE]}
    unread = [finding.statement for finding in safemigrate.lint_sql(given) if finding.rule == "unreadable"]
    assert unread == []
