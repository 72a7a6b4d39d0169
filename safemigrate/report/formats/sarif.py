"""SARIF 2.1.0, as code scanning reads it. Source: OASIS, SARIF 2.1.0; GitHub, "SARIF support for code scanning"."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

import safemigrate
from safemigrate.lint.fingerprints import fingerprints
from safemigrate.lint.result import LintResult
from safemigrate.redact import redact
from safemigrate.report.formats import Around
from safemigrate.report.formats.words import told, words_of
from safemigrate.report.text import clean, counted, relative
from safemigrate.rulebook.finding import Finding, Origin
from safemigrate.rulebook.hazard import Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: what paths are relative to; whoever reads the report knows where that is
ROOT = "%SRCROOT%"
#: GitHub refuses a run that has more
RESULTS_LIMIT = 25_000

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
_SUPPRESSIONS = {Origin.COMMENT: "inSource", Origin.BASELINE: "external"}


def render(result: LintResult, around: Around) -> str:
    """One run with all findings, the loudest where there are too many; allowed ones are marked as suppressed."""
    marked = list(zip(result.findings, fingerprints(result.findings, root=around.root), strict=True))
    kept = sorted(marked, key=lambda each: -each[0].severity.rank)[:RESULTS_LIMIT]
    shown = marked if len(kept) == len(marked) else kept
    rules = list(dict.fromkeys(finding.rule for finding, _ in shown))
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "safemigrate",
                        "semanticVersion": safemigrate.__version__,
                        "rules": [_rule(name, around) for name in rules],
                    }
                },
                "originalUriBaseIds": {ROOT: {"description": {"text": "The top of the repository."}}},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(result, len(marked) - len(shown))],
                "results": [_result(each, mark, rules, around) for each, mark in shown],
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _rule(name: str, around: Around) -> dict[str, object]:
    words = words_of(name, around.pages)
    page = around.pages.get(name)
    return {
        "id": name,
        "name": name.title().replace("-", ""),
        "shortDescription": {"text": words.sentence},
        "fullDescription": {"text": words.sentence},
        "help": {"text": words.page, "markdown": words.page},
        "defaultConfiguration": {"level": _LEVELS[words.severity]},
        "properties": {
            "tags": ["migration", *sorted(page.hazards if page else ())],
            "problem.severity": {"note": "recommendation"}.get(_LEVELS[words.severity], _LEVELS[words.severity]),
        },
    }


def _invocation(result: LintResult, left_out: int) -> dict[str, object]:
    notes = []
    if left_out:
        notes.append(f"{counted(left_out, 'finding')} of {len(result.findings)} left out: the loudest are here.")
    if result.unjudged:
        notes.append(f"No rule judges these yet: {', '.join(sorted(set(map(clean, result.unjudged))))}.")
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [{"level": "warning", "message": {"text": note}} for note in notes],
    }


def _result(finding: Finding, mark: str, rules: Sequence[str], around: Around) -> dict[str, object]:
    found: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": told(finding)},
        "locations": [{"physicalLocation": _location(finding, around)}],
        "partialFingerprints": {"primaryLocationLineHash": mark},
        "properties": {
            "hazards": sorted(finding.hazards),
            "phase": finding.phase.value,
            "revision": finding.revision,
            "sql": redact(finding.statement),
        },
    }
    allowed = finding.suppressed
    found["suppressions"] = (
        [{"kind": _SUPPRESSIONS[allowed.origin], "status": "accepted", "justification": clean(allowed.reason)}]
        if allowed
        else []
    )
    return found


def _location(finding: Finding, around: Around) -> dict[str, object]:
    path = relative(finding.path, around.root)
    if path.startswith("/"):
        artifact = {"uri": finding.path.resolve().as_uri()}
    else:
        artifact = {"uri": quote(path.encode("utf-8", "surrogateescape")), "uriBaseId": ROOT}
    return {"artifactLocation": artifact, "region": {"startLine": finding.line, "startColumn": finding.column}}
