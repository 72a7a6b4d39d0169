"""What is dangerous in a downgrade, judged apart: each on the schema that its own upgrade left.

A downgrade runs in an emergency, by hand, and takes back what the upgrade did: that data is lost and that the newer
version breaks is what it is for. What nobody expects is that it blocks the tables that it is to save, or is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from safemigrate.history.statement import Direction, Reading
from safemigrate.rulebook import Finding, Hazard, Rule, Run, Severity, replay_downgrade

#: what is told of a downgrade
TOLD = frozenset({Hazard.FAILS, Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES, Hazard.REWRITES_TABLE, Hazard.UNREADABLE})
_NOT_MEANT = "is not implemented"


def downgrade_run(run: Run, reading: Reading) -> Run | None:
    """The downgrade of the upgrade *run*, on the schema behind it; None where there is nothing to judge.

    One that says that it is not implemented is left out, and so is that of an upgrade that does nothing.
    """
    meant = _meant(reading)
    if not run.operations or meant is None:
        return None
    found = replay_downgrade(meant, run.last)
    return found if found.operations else None


def _meant(reading: Reading) -> Reading | None:
    backwards = [obstacle for obstacle in reading.obstacles if obstacle.direction is Direction.DOWNGRADE]
    return None if any(_NOT_MEANT in obstacle.reason for obstacle in backwards) else reading


def rules_on_downgrades(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules about operations and transactions: what is said once a revision or a run is said of its upgrade."""
    return tuple(rule for rule in rules if rule.page.on in ("operation", "transaction"))


def softened(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """*findings* of downgrades: only what TOLD holds, as warnings, and as advice where nobody can be sure."""
    return tuple(
        replace(
            finding,
            hazards=finding.hazards & TOLD,
            severity=_severity(finding),
            message=f"In downgrade(): {finding.message}",
            suggested_phase=None,
            fix=(),
            deploy="",
            refusal="",
        )
        for finding in findings
        if finding.hazards & TOLD
    )


def _severity(finding: Finding) -> Severity:
    sure = finding.certain and finding.hazards & TOLD != {Hazard.UNREADABLE}
    return Severity.WARNING if sure else Severity.ADVICE
