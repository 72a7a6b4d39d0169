"""Findings for machines: JSON whose shape ``schemas/lint.json`` promises."""

from __future__ import annotations

import json
from pathlib import Path

from safemigrate.lint.fingerprints import fingerprints
from safemigrate.lint.result import LintResult
from safemigrate.redact import redact
from safemigrate.report.text import relative
from safemigrate.rulebook.finding import Finding

VERSION = 1


def findings_json(result: LintResult, *, root: Path) -> str:
    """The result as one JSON document; paths are relative to *root*, the top of the repository.

    Findings that somebody allowed are among them, with the reason under ``suppressed``. JSON escapes control
    characters, so the SQL stands there as PostgreSQL gets it, but for passwords.
    """
    marks = fingerprints(result.findings, root=root)
    document = {
        "version": VERSION,
        "findings": [finding_json(each, mark, root=root) for each, mark in zip(result.findings, marks, strict=True)],
        "unreadable": result.unreadable,
        "unjudged": len(result.unjudged),
        "revisions": result.revisions,
        "statements": result.statements,
    }
    return json.dumps(document, indent=2) + "\n"


def schema_path() -> Path:
    """Where the JSON Schema of findings_json() lies."""
    return Path(__file__).parent / "schemas" / "lint.json"


def finding_json(finding: Finding, mark: str, *, root: Path) -> dict[str, object]:
    """One finding with its fingerprint *mark*, as a table of the document."""
    allowed = finding.suppressed
    return {
        "rule": finding.rule,
        "hazards": sorted(finding.hazards),
        "severity": finding.severity.value,
        "phase": finding.phase.value,
        "revision": finding.revision,
        "direction": finding.direction.value,
        "path": relative(finding.path, root),
        "line": finding.line,
        "column": finding.column,
        "sql": redact(finding.statement),
        "locks": [
            {"table": lock.table.sql(), "mode": str(lock.mode), **({"index": lock.index} if lock.index else {})}
            for lock in finding.locks
        ],
        "work": finding.work.value,
        "message": redact(finding.message),
        "fix": [{"phase": fix.phase.value, "sql": list(map(redact, fix.sql))} for fix in finding.fix],
        "suppressed": allowed
        and {
            "reason": redact(allowed.reason),
            "until": allowed.until.isoformat() if allowed.until else None,
            "origin": allowed.origin.value,
        },
        "fingerprint": mark,
    }
