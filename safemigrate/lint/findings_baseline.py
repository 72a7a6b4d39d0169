"""The baseline of findings: what an old project has and will not correct now, in a file that stands in git.

It is not the schema of a database that did not begin empty; that is ``lint.baseline``. A finding in the file does
not count, and is told as such. An entry that nothing answers to any more is a finding itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from safemigrate.errors import ConfigurationError
from safemigrate.history.statement import Phase
from safemigrate.lint.fingerprints import fingerprints, laid_out_plainly
from safemigrate.lint.result import LintResult
from safemigrate.paths import relative
from safemigrate.rulebook.finding import Finding, Origin, Suppression
from safemigrate.rulebook.hazard import Hazard, Severity

#: the file that is read where no setting names another: beside Alembic's configuration
FILE_NAME = "safemigrate-baseline.json"
RULE = "baseline"
#: what is found in comments, by no rule that is loaded
_REMARKS = frozenset({"suppression"})

_VERSION = 1
_ABOUT = "Findings of safemigrate lint that do not count. safemigrate lint --all --write-baseline writes this file."
_KEYS = ("rule", "revision", "path", "statement", "fingerprint")
#: characters of a statement, which is there for people; the fingerprint is what counts
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding that does not count. *revision* is empty for SQL without Alembic; *line* is where it stands."""

    rule: str
    revision: str
    path: str
    statement: str
    fingerprint: str
    line: int = 0

    @property
    def home(self) -> str:
        """What it was found in: a revision, or a file of SQL."""
        return self.revision or self.path


@dataclass(frozen=True, slots=True)
class FindingsBaseline:
    """The entries of the file at *path*."""

    path: Path
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """What a run looked at: the revisions (or files of SQL) *judged*, of all that are *known*, by which *rules*.

    Paths are told from *root*, the top of the repository.
    """

    root: Path
    judged: frozenset[str]
    known: frozenset[str]
    rules: frozenset[str]

    def covers(self, entry: Entry) -> bool:
        """Whether the run would have found what the entry says."""
        return entry.home in self.judged and (entry.rule in self.rules or entry.rule in _REMARKS)

    def has_lost(self, entry: Entry) -> bool:
        """Whether the entry's revision is gone."""
        return bool(entry.revision) and entry.revision not in self.known


def read_findings_baseline(path: Path) -> FindingsBaseline:
    """The baseline at *path*.

    Raises:
        ConfigurationError: it is not there, or not as it must be; with the line where that can be told.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the baseline of findings cannot be read: {(error.strerror or str(error)).lower()}.",
            where=str(path),
            remedy="Write it with safemigrate lint --all --write-baseline, or correct the setting baseline.",
        ) from None
    except UnicodeDecodeError as error:
        raise _unreadable(f"it is not UTF-8: byte {error.start}", str(path)) from None
    try:
        document = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise _unreadable(f"it is not JSON: {getattr(error, 'msg', error)}", f"{path}:{line}") from None
    return FindingsBaseline(path, tuple(_entries(document, text, path)))


def _entries(document: object, text: str, path: Path) -> Iterator[Entry]:
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise _unreadable(f"its version is not {_VERSION}, which this safemigrate reads and writes", f"{path}:1")
    findings = document.get("findings")
    for each in findings if isinstance(findings, list) else [None]:
        if not isinstance(each, dict) or not all(isinstance(each.get(key), str) for key in _KEYS):
            raise _unreadable(f"findings must be a list of tables with {', '.join(_KEYS)}", f"{path}:1")
        line = text.count("\n", 0, max(0, text.find(f'"{each["fingerprint"]}"'))) + 1
        yield Entry(**{key: each[key] for key in _KEYS}, line=line)


def _unreadable(reason: str, where: str) -> ConfigurationError:
    return ConfigurationError(
        f"this is no baseline of findings: {reason}.",
        where=where,
        remedy="Restore it, or write it anew with safemigrate lint --all --write-baseline.",
    )


def without_known(result: LintResult, baseline: FindingsBaseline, reach: Reach) -> LintResult:
    """*result* with what the baseline holds marked as not counting, and a finding for each entry gone stale."""
    known = {entry.fingerprint for entry in baseline.entries}
    marks = fingerprints(result.findings, root=reach.root)
    reason = Suppression(f"in {relative(baseline.path, reach.root)}", origin=Origin.BASELINE)
    marked = tuple(
        replace(finding, suppressed=reason) if mark in known and finding.suppressed is None else finding
        for finding, mark in zip(result.findings, marks, strict=True)
    )
    stale = tuple(_stale(entry, baseline, reach) for entry in baseline.entries if _is_stale(entry, marks, reach))
    return replace(result, findings=marked + stale)


def _is_stale(entry: Entry, marks: Collection[str], reach: Reach) -> bool:
    return entry.fingerprint not in marks and (reach.has_lost(entry) or reach.covers(entry))


def _stale(entry: Entry, baseline: FindingsBaseline, reach: Reach) -> Finding:
    place = f'Revision "{entry.home}" is gone, and' if reach.has_lost(entry) else f'In "{entry.home}"'
    return Finding(
        rule=RULE,
        hazards=frozenset({Hazard.ADVICE}),
        severity=Severity.WARNING,
        message=f'{place} nothing is found by "{entry.rule}" any more at {entry.statement or "the comment"}: '
        "safemigrate lint --all --write-baseline takes the entry out.",
        statement="",
        path=baseline.path,
        line=entry.line,
        phase=Phase.EXPAND,
    )


def renewed(result: LintResult, earlier: FindingsBaseline, reach: Reach) -> FindingsBaseline:
    """The baseline that holds all open findings of *result*, and of *earlier* what the run did not look at."""
    marks = fingerprints(result.findings, root=reach.root)
    found = [
        _entry(finding, mark, reach.root)
        for finding, mark in zip(result.findings, marks, strict=True)
        if finding.suppressed is None
    ]
    kept = [entry for entry in earlier.entries if not reach.covers(entry) and not reach.has_lost(entry)]
    return FindingsBaseline(earlier.path, tuple(sorted([*found, *kept], key=_order)))


def _order(entry: Entry) -> tuple[str, ...]:
    return entry.path, entry.rule, entry.statement, entry.fingerprint


def _entry(finding: Finding, mark: str, root: Path) -> Entry:
    text = laid_out_plainly(finding.statement or finding.message)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()} …"
    return Entry(finding.rule, finding.revision, relative(finding.path, root), shown, mark)


def findings_baseline_text(baseline: FindingsBaseline) -> str:
    """What stands in the file: the entries in a fixed order, one field a line, so that a diff can be read."""
    entries: list[Mapping[str, str]] = [{key: getattr(entry, key) for key in _KEYS} for entry in baseline.entries]
    return (
        json.dumps({"version": _VERSION, "about": _ABOUT, "findings": entries}, indent=2, ensure_ascii=False) + "\n"
    )
