"""Findings for machines: JSON whose shape ``report/schemas/lint.json`` promises."""

from __future__ import annotations

from safemigrate.lint.result import LintResult
from safemigrate.report.findings_json import findings_json
from safemigrate.report.formats import Around


def render(result: LintResult, around: Around) -> str:
    """The result as one JSON document."""
    return findings_json(result, root=around.root)
