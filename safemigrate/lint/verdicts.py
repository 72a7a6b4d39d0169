"""Verdicts that are remembered: what was judged once, by the same rules and in the same light, is not judged again.

A verdict is kept under a digest of all that it depends on, what its revisions gave among it. Where a rule of the
project depends on other files, nothing is kept or found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safemigrate.history.history import History
from safemigrate.history.statement import Direction, Phase, Revision
from safemigrate.lint.conditions import Conditions
from safemigrate.lint.steady import Libraries, is_steady
from safemigrate.lint.store import prune, unsealed, write_sealed
from safemigrate.lint.surroundings import digest, stamp
from safemigrate.lint.verdict import Verdict, text_of
from safemigrate.rulebook.finding import Finding, Fix
from safemigrate.rulebook.hazard import Hazard, Severity
from safemigrate.rulebook.loader import Rule, builtin_folder
from safemigrate.schema import Lock, LockMode, Name, Work

_FORMAT = 2
#: of one history; each edit makes another
_MOST = 24
_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is judged: revisions *judged* of *history*, for which *needed* must be read, by *rules*, in some light.

    *contents* tell what each of them gave, *beside* which files changed with them.
    """

    history: History
    rules: Sequence[Rule]
    conditions: Conditions
    contents: Mapping[str, str]
    judged: frozenset[str]
    needed: frozenset[str]
    beside: tuple[Path, ...] = ()

    def key(self) -> str | None:
        """What identifies the verdict, as files are now; None where it may be another the next time."""
        rules = tuple(_rules(self.history, self.rules))
        if None in rules or not self.contents.keys() >= self.needed | self.judged:
            return None
        project = (*_project(self.history), *map(str, self.beside))
        return digest(_FORMAT, rules, *_light(self.conditions), project, *self._revisions())

    def files_are_the_same(self) -> bool:
        """Whether the files of the revisions are still as they were when the history was loaded."""
        return all(
            hashlib.sha256(revision.path.read_bytes()).hexdigest() == revision.digest
            for revision in self.history.revisions
            if revision.id in self.needed | self.judged
        )

    def _revisions(self) -> Iterator[object]:
        for revision in self.history.revisions:
            if revision.id in self.needed or revision.id in self.judged:
                yield self.contents[revision.id], revision.id in self.needed, revision.id in self.judged


class Verdicts:
    """The verdict on what was *asked*, in *folder*, if it is remembered."""

    def __init__(self, folder: Path, asked: Asked) -> None:
        self._asked = asked
        self._key = asked.key()
        self._path = folder / "verdicts" / digest(asked.history.script_location) / f"{self._key}{_SUFFIX}"

    def load(self) -> Verdict | None:
        """The verdict, None where there is none or its file is damaged."""
        payload = unsealed(self._path) if self._key else None
        if payload is None:
            return None
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            return _verdict(json.loads(payload))
        return None

    def keep(self, verdict: Verdict) -> None:
        """Remember *verdict*; a folder that cannot be written is no error."""
        if self._key is None:
            return
        payload = json.dumps(_told(verdict)).encode()
        # what would not come back as it is is not kept
        if _verdict(json.loads(payload)) != verdict:
            return
        with suppress(OSError):
            # somebody may have saved a file while it was judged
            if self._asked.key() == self._key and self._asked.files_are_the_same():
                write_sealed(self._path, payload)
                prune(self._path.parent, _SUFFIX, most=_MOST)


# -- keys ----------------------------------------------------------------------------------------------------


def _rules(history: History, rules: Sequence[Rule]) -> Iterator[object]:
    """What identifies each rule; None for one that may do other things tomorrow."""
    ours = builtin_folder()
    yield from (stamp(path) for path in sorted(ours.glob("*.py")))
    libraries = Libraries(history)
    for rule in rules:
        page, code = rule.page.path, rule.page.path.with_suffix(".py")
        if page.parent == ours:
            yield rule.name, stamp(page)
        elif not code.exists():
            yield rule.name, page, page.read_bytes()
        else:
            text = code.read_text("utf-8", "replace")
            yield (rule.name, page, page.read_bytes(), text) if is_steady(text, libraries) else None


def _light(conditions: Conditions) -> Iterator[object]:
    """What findings depend on beside revisions and rules; but for the day, by which only allowances expire."""
    policy = conditions.policy
    yield policy.lock_timeout, policy.extensions, dict(policy.required_columns), dict(policy.naming)
    yield conditions.postgres, dict(conditions.answers), conditions.statistics
    yield conditions.schema_sql, conditions.schema_revision, sorted(conditions.directions)


def _project(history: History) -> Iterator[object]:
    env = history.script_location / "env.py"
    yield text_of(env) if env.is_file() else None
    yield [_identity(revision) for revision in history.revisions]


def _identity(revision: Revision) -> tuple[object, ...]:
    return (
        revision.id,
        revision.down,
        str(revision.path),
        revision.phase,
        revision.backfills,
        sorted(revision.labels),
        revision.depends_on,
        revision.title,
        revision.digest,
    )


# -- files ---------------------------------------------------------------------------------------------------


def _told(verdict: Verdict) -> Mapping[str, object]:
    return {
        "findings": [_told_finding(finding) for finding in verdict.findings],
        "judged": [str(path) for path in verdict.judged],
        "statements": verdict.statements,
        "unreadable": [[str(path), line] for path, line in verdict.unreadable],
        "unjudged": list(verdict.unjudged),
    }


def _verdict(told: Mapping[str, Any]) -> Verdict:
    return Verdict(
        findings=tuple(_finding(dict(each)) for each in told["findings"]),
        judged=tuple(map(Path, told["judged"])),
        statements=told["statements"],
        unreadable=tuple((Path(path), line) for path, line in told["unreadable"]),
        unjudged=tuple(told["unjudged"]),
    )


def _told_finding(finding: Finding) -> Mapping[str, object]:
    return {
        "rule": finding.rule,
        "hazards": sorted(finding.hazards),
        "severity": finding.severity,
        "message": finding.message,
        "statement": finding.statement,
        "path": str(finding.path),
        "line": finding.line,
        "column": finding.column,
        "revision": finding.revision,
        "phase": finding.phase,
        "suggested_phase": finding.suggested_phase,
        "direction": finding.direction,
        "locks": [[lock.table.name, lock.table.schema, lock.mode.name, lock.index] for lock in finding.locks],
        "work": finding.work.name,
        "fix": [[fix.phase, list(fix.sql)] for fix in finding.fix],
        "deploy": finding.deploy,
        "refusal": finding.refusal,
        "certain": finding.certain,
    }


def _finding(told: dict[str, Any]) -> Finding:
    suggested = told["suggested_phase"]
    told |= {
        "hazards": frozenset(map(Hazard, told["hazards"])),
        "severity": Severity(told["severity"]),
        "path": Path(told["path"]),
        "phase": Phase(told["phase"]),
        "suggested_phase": Phase(suggested) if suggested else None,
        "direction": Direction(told["direction"]),
        "locks": tuple(
            Lock(Name(name, schema), LockMode[mode], index) for name, schema, mode, index in told["locks"]
        ),
        "work": Work[told["work"]],
        "fix": tuple(Fix(Phase(phase), tuple(sql)) for phase, sql in told["fix"]),
    }
    return Finding(**told)
