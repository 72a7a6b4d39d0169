"""What rules say of revisions, before anybody's allowances: a value, and the result that it becomes."""

from __future__ import annotations

import tokenize
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safemigrate.lint import suppressions
from safemigrate.lint.result import LintResult
from safemigrate.rulebook.finding import Finding
from safemigrate.rulebook.hazard import Hazard

if TYPE_CHECKING:
    import datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in some revisions, or scripts.

    *judged* are their files, in order. *statements* counts what they run, *unreadable* is the place of each
    operation that could not be read, and *unjudged* the words of those that no rule looks at.
    """

    findings: tuple[Finding, ...]
    judged: tuple[Path, ...]
    statements: int = 0
    unreadable: tuple[tuple[Path, int], ...] = ()
    unjudged: tuple[str, ...] = ()


def concluded(
    verdict: Verdict, names: Collection[str], *, today: datetime.date, total: int, scope: str = ""
) -> LintResult:
    """*verdict* with what the comments of its revisions allow. *names* are those of the rules.

    Raises:
        ConfigurationError: a suppression that cannot be understood.
    """
    allowances = [
        allowance
        for path in verdict.judged
        for allowance in suppressions.python_allowances(path, text_of(path), names)
    ]
    findings = suppressions.apply(verdict.findings, allowances, today=today)
    return summed_up(verdict, findings, total=total, scope=scope)


def summed_up(
    verdict: Verdict, findings: Sequence[Finding], *, total: int, scope: str = "", unit: str = "revision"
) -> LintResult:
    """The result that *verdict* becomes once its findings are *findings*, some of them allowed."""
    vouched = {
        (finding.path, finding.line)
        for finding in findings
        if finding.suppressed and Hazard.UNREADABLE in finding.hazards
    }
    return LintResult(
        findings=tuple(sorted(findings, key=_Place({path: i for i, path in enumerate(verdict.judged)}))),
        revisions=len(verdict.judged),
        total=total,
        statements=verdict.statements,
        unreadable=sum(place not in vouched for place in verdict.unreadable),
        unjudged=verdict.unjudged,
        scope=scope,
        unit=unit,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Sorts findings by revision in their order, then by line."""

    order: Mapping[Path, int]

    def __call__(self, finding: Finding) -> tuple[int, int]:
        return self.order.get(finding.path, len(self.order)), finding.line


def text_of(path: Path) -> str:
    """The text of a file of Python."""
    try:
        # as Python reads it: by its byte order mark or the comment that names its encoding
        with tokenize.open(path) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError):
        return path.read_text("utf-8", "replace")
