"""What is dangerous in a downgrade, judged apart: each on the schema that its own upgrade left.

A downgrade runs in an emergency, by hand, and takes back what the upgrade did: that data is lost and that the newer
version breaks is what it is for. What nobody expects is that it blocks the tables that it is to save, or is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from safemigrate.history.statement import Direction, Reading
from safemigrate.rulebook import Finding, Hazard, Rule, Run, Severity, replay_downgrade

#: what is told of a downgrade
TOLD = frozenset({Hazard.FAILS, Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES, Hazard.REWRITES_TABLE, Hazard.UNREADABLE})
_NOT_MEANT = "is not implemented"


def downgrade_runs(runs: Iterable[Run], readings: Mapping[str, Reading]) -> tuple[Run, ...]:
    """The downgrade of each upgrade in *runs*, on the schema behind it.

    One that says that it is not implemented is left out, and so is that of an upgrade that does nothing.
    """
    found = []
    for run in runs:
        reading = _meant(readings[run.revision.id])
        if run.operations and reading is not None:
            found.append(replay_downgrade(reading, run.operations[-1].after))
    return tuple(run for run in found if run.operations)


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
