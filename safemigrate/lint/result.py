"""What linting found, and in how much."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.rulebook.finding import Finding
from safemigrate.rulebook.hazard import Severity


@dataclass(frozen=True, slots=True)
class LintResult:
    """The findings in order of place, those that somebody allowed included and marked.

    *revisions* were judged of *total*; *scope* says how they were chosen where nobody named them. *unit* is what
    they are called: "revision" or "script".
    *statements* and *unreadable* count those of the judged revisions; what somebody allowed is not unreadable.
    *unjudged* are the words of each operation that may do harm and that no rule looks at: "DROP TABLE".
    """

    findings: tuple[Finding, ...] = ()
    revisions: int = 0
    total: int = 0
    statements: int = 0
    unreadable: int = 0
    unjudged: tuple[str, ...] = ()
    scope: str = ""
    unit: str = "revision"

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that nobody allowed."""
        return tuple(finding for finding in self.findings if finding.suppressed is None)

    def count(self, severity: Severity) -> int:
        """How many open findings have this severity."""
        return sum(finding.severity is severity for finding in self.open)

    def reaches(self, severity: Severity) -> bool:
        """Whether an open finding is at least this severe."""
        return any(finding.severity.rank >= severity.rank for finding in self.open)
