"""Annotations by the workflow commands of GitHub Actions, and the summary of the job.

Source: GitHub documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.lint.result import LintResult
from safemigrate.report.findings import shortened_lines, summary
from safemigrate.report.formats import Around, markdown
from safemigrate.report.formats.words import hazards_of, told
from safemigrate.report.text import clean, counted, no_command, plain, relative
from safemigrate.rulebook.finding import Finding
from safemigrate.rulebook.hazard import Severity

#: of each level and step GitHub shows as many and drops the rest without a word
ANNOTATIONS_LIMIT = 10
#: bytes of a step's summary
SUMMARY_LIMIT = 1024 * 1024

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def render(result: LintResult, around: Around) -> str:
    """A command for each finding that GitHub will show, and lines of the log that say what else there is."""
    return "".join(f"{text}\n" for text in _lines(result, around))


def job_summary(result: LintResult, around: Around) -> str:
    """The Markdown for the file that GITHUB_STEP_SUMMARY names."""
    return markdown.shortened(result, around, limit=SUMMARY_LIMIT)


def _lines(result: LintResult, around: Around) -> Iterator[str]:
    for severity in reversed(Severity):
        found = [finding for finding in result.open if finding.severity is severity]
        yield from (_command(finding, around) for finding in found[:ANNOTATIONS_LIMIT])
        if left := found[ANNOTATIONS_LIMIT:]:
            yield (
                f"{counted(len(left), 'more finding')} of level {severity} without an annotation: GitHub shows "
                f"{ANNOTATIONS_LIMIT} a step. The job summary has them."
            )
            yield from (f"  {_log(f'{relative(f.path, around.root)}:{f.line}  {f.rule}')}" for f in left)
    yield _log(plain([summary(result)]).rstrip())


def _command(finding: Finding, around: Around) -> str:
    title = f"{finding.rule}: {hazards_of(finding)}" if hazards_of(finding) else finding.rule
    properties = {
        "file": relative(finding.path, around.root),
        "line": str(finding.line),
        "col": str(finding.column),
        "title": title,
    }
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = "\n".join((*shortened_lines(finding.statement), told(finding)))
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    """*text* as the message of a command. Source: actions/toolkit, core/src/command.ts."""
    return no_command(clean(text)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _log(text: str) -> str:
    """A line of the log that is no command, whatever a file is called."""
    return no_command(clean(text).replace("\n", " "))
