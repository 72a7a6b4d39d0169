"""The formats of a lint report: one module each, imported when it is asked for.

In: a LintResult and what surrounds it. Out: the text of the report. A format's module has
``render(result, around) -> str``, and lets no text of a migration steer what reads the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from safemigrate.rulebook.hazard import Severity

if TYPE_CHECKING:
    from safemigrate.history.statement import Revision
    from safemigrate.lint.result import LintResult
    from safemigrate.rulebook.page import Page


@dataclass(frozen=True, slots=True)
class Format:
    """A way to report. *document* says that a program reads it whole, so nothing else may stand beside it."""

    name: str
    sentence: str
    document: bool = True


@dataclass(frozen=True, slots=True)
class Around:
    """What a report needs beside the findings.

    Paths are told from *root*, the top of the repository; those for people from *here*, the current folder.
    *judged* are the revisions that were checked. *pages* are those of the rules, by name. *sources* are the lines
    of the files that findings stand in. *fail_on* is the least severity that fails, None where none does.
    *terminal* says that colours and links are shown.
    """

    root: Path
    here: Path
    judged: Sequence[Revision] = ()
    pages: Mapping[str, Page] = field(default_factory=dict)
    sources: Mapping[Path, Sequence[str]] = field(default_factory=dict)
    fail_on: Severity | None = Severity.ERROR
    terminal: bool = False


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("text", "for people", document=False),
        Format("json", "everything that is known; its schema is published"),
        Format("sarif", "SARIF 2.1.0, for code scanning"),
        Format("github", "annotations of GitHub Actions, and its job summary", document=False),
        Format("gitlab", "GitLab's code quality report"),
        Format("junit", "test cases for a CI server"),
        Format("markdown", "a comment for a pull request", document=False),
    )
}


def render(name: str, result: LintResult, around: Around) -> str:
    """The report in the format *name*, which is one of FORMATS."""
    return str(import_module(f"{__name__}.{FORMATS[name].name}").render(result, around))
