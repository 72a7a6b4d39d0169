"""What several formats say of a finding, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from safemigrate.history.statement import Phase
from safemigrate.report.findings import instead
from safemigrate.report.text import clean
from safemigrate.rulebook.finding import Finding
from safemigrate.rulebook.hazard import Hazard, Severity
from safemigrate.rulebook.page import Page


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a rule: one sentence, and its page without the examples."""

    sentence: str
    page: str
    severity: Severity


#: what is found in comments and in the baseline, which no page is about
_REMARKS: Mapping[str, Words] = {
    "suppression": Words(
        "A comment that allows a finding has expired or allows nothing.",
        "Remove the comment, do what it put off, or give it a new day.",
        Severity.WARNING,
    ),
    "baseline": Words(
        "The baseline of findings holds one that is found no more.",
        "Run safemigrate lint --all --write-baseline, which takes it out.",
        Severity.WARNING,
    ),
}


def words_of(rule: str, pages: Mapping[str, Page]) -> Words:
    """What is said of *rule*, whether it has a page or is about comments."""
    page = pages.get(rule)
    if page is None:
        return _REMARKS.get(rule) or Words(f"{rule}.", f"safemigrate explain {rule}", Severity.WARNING)
    loudest = max((hazard.severity for hazard in page.hazards), key=lambda s: s.rank, default=Severity.WARNING)
    return Words(page.sentence, page.body.partition("\n## Examples")[0].strip(), loudest)


def hazards_of(finding: Finding) -> str:
    """``breaks-old, loses-data``; empty for advice."""
    return ", ".join(sorted(finding.hazards - {Hazard.ADVICE}))


def safe_form(finding: Finding) -> Iterator[tuple[str, str]]:
    """The safe form as pairs of a label and its text, each statement with its semicolon."""
    for fix in finding.fix:
        if fix.phase is Phase.CONTRACT and finding.deploy:
            yield "deploy", clean(finding.deploy)
        yield fix.phase.value, clean("\n".join(f"{sql};" for sql in fix.sql))


def told(finding: Finding) -> str:
    """The message and the safe form as plain text; long statements of the form are shortened."""
    parts = [clean(finding.message)]
    if finding.fix:
        parts.append("Instead:")
        parts += [f"{label:<8}  {text}" for label, text in instead(finding)]
    if finding.refusal:
        parts.append(f"It is not split for you: {clean(finding.refusal)}")
    return "\n".join(parts)
