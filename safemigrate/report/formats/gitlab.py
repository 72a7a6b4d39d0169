"""GitLab's code quality report. Source: GitLab documentation, "Code Quality", "Code Quality report format"."""

from __future__ import annotations

import json

from safemigrate.lint.fingerprints import fingerprints
from safemigrate.lint.result import LintResult
from safemigrate.report.formats import Around
from safemigrate.report.formats.words import hazards_of
from safemigrate.report.text import clean, relative
from safemigrate.rulebook.hazard import Severity

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.ADVICE: "info"}


def render(result: LintResult, around: Around) -> str:
    """The open findings as one array. The fingerprints are unique, and stay when lines move."""
    marks = fingerprints(result.findings, root=around.root)
    issues = [
        {
            "description": " ".join(filter(None, (clean(finding.message), _in_brackets(hazards_of(finding))))),
            "check_name": finding.rule,
            "fingerprint": mark,
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": relative(finding.path, around.root), "lines": {"begin": finding.line}},
        }
        for finding, mark in zip(result.findings, marks, strict=True)
        if finding.suppressed is None
    ]
    return json.dumps(issues, indent=2) + "\n"


def _in_brackets(text: str) -> str:
    return f"({text})" if text else ""
