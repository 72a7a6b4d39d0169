"""The report for people: coloured, with links and the lines of the revision, where it goes to a terminal."""

from __future__ import annotations

from safemigrate.lint.result import LintResult
from safemigrate.report.findings import findings_text
from safemigrate.report.formats import Around
from safemigrate.report.text import coloured, plain


def render(result: LintResult, around: Around) -> str:
    """The findings as lines that can be pasted; where they stand in the file is shown on a terminal only."""
    if around.terminal:
        return coloured(findings_text(result, root=around.here, sources=around.sources))
    return plain(findings_text(result, root=around.here))
