"""The findings of chosen revisions, judged on the schema that all before them left."""

from __future__ import annotations

import datetime
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from safemigrate.history import Dump, History, Reading, read_revisions
from safemigrate.history.replay import is_unreadable, names_the_unmade, tables_of
from safemigrate.history.written import shares_transaction, written
from safemigrate.lint import suppressions
from safemigrate.lint.baseline import baseline
from safemigrate.lint.result import LintResult
from safemigrate.lint.select import Selection, in_baseline, needed
from safemigrate.lint.unjudged import unjudged
from safemigrate.rulebook import Finding, Hazard, Placed, Policy, Project, Rule, Run, judge, replay
from safemigrate.schema import Schema
from safemigrate.schema.operations import CreateTable, Unreadable


@dataclass(frozen=True, slots=True)
class Conditions:
    """What findings depend on beside the revisions. *postgres* None stands for any supported version.

    *schema_sql* is a baseline, as the database was once *schema_revision* had run (empty: before the first).
    """

    today: datetime.date
    policy: Policy = field(default_factory=Policy)
    postgres: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    schema_sql: str = ""
    schema_revision: str = ""


def lint(
    history: History,
    rules: Sequence[Rule],
    selection: Selection,
    conditions: Conditions,
    *,
    readings: Mapping[str, Reading] | None = None,
) -> LintResult:
    """What *rules* find in the selected revisions; the others are read for the schema only.

    *readings* are those that needed() names, where somebody has them already.

    Raises:
        ConfigurationError: a suppression that cannot be understood.
        UnknownRevision: the baseline's revision is none of the history.
    """
    if not selection.ids:
        return LintResult(total=len(history.revisions), scope=selection.scope)
    runs = revision_runs(history, selection.ids, conditions, readings=readings)
    texts = {run.revision.path: _text(run.revision.path) for run in runs}
    found = judge(
        rules,
        [replace(run, written=written(texts[run.revision.path])) for run in runs],
        policy=conditions.policy,
        postgres=conditions.postgres,
        answers=conditions.answers,
        project=Project(history.revisions, shares_transaction=_shares_transaction(history)),
    )
    names = {rule.name for rule in rules}
    allowances = [
        allowance for path, text in texts.items() for allowance in suppressions.python_allowances(path, text, names)
    ]
    findings = suppressions.apply(found, allowances, today=conditions.today)
    return summed_up(findings, runs, rules, total=len(history.revisions), scope=selection.scope)


def revision_runs(
    history: History,
    ids: Iterable[str],
    conditions: Conditions,
    *,
    readings: Mapping[str, Reading] | None = None,
) -> tuple[Run, ...]:
    """The upgrades of the revisions *ids*, in order, on the schema that all before them left.

    *readings* are those that needed() names, where somebody has them already.
    """
    wanted = frozenset(ids)
    dumped = in_baseline(history, conditions.schema_revision) if conditions.schema_sql else frozenset()
    if readings is None:
        readings = read_revisions(
            history, needed(history, wanted, dumped), downgrades=False, dump=dump_of(history, conditions)
        )
    ordered = [readings[revision.id] for revision in history.revisions if revision.id in readings]
    if not conditions.schema_sql:
        return _from_nothing(ordered, wanted)
    # what the dump already holds is judged on what is known without it
    before = _from_nothing([r for r in ordered if r.revision.id in dumped], wanted)
    behind = [r for r in ordered if r.revision.id not in dumped]
    return before + tuple(replay(behind, baseline(conditions.schema_sql), keep=wanted))


def dump_of(history: History, conditions: Conditions) -> Dump | None:
    """The baseline as those who read revisions need it."""
    if not conditions.schema_sql:
        return None
    return Dump(conditions.schema_sql, in_baseline(history, conditions.schema_revision))


def summed_up(
    findings: tuple[Finding, ...],
    runs: Sequence[Run],
    rules: Sequence[Rule],
    *,
    total: int,
    scope: str = "",
    unit: str = "revision",
) -> LintResult:
    """Findings with the counts of what was judged, and of what none of *rules* judges."""
    vouched = {
        (finding.path, finding.line)
        for finding in findings
        if finding.suppressed and Hazard.UNREADABLE in finding.hazards
    }
    placed = [p for run in runs for p in run.operations]
    return LintResult(
        findings=tuple(sorted(findings, key=_place(runs))),
        revisions=len(runs),
        total=total,
        statements=len({id(p.statement) for p in placed if p.statement.sql}),
        unreadable=sum(
            isinstance(p.operation, Unreadable) and (p.statement.path, p.statement.line) not in vouched
            for p in placed
        ),
        unjudged=unjudged(runs, rules),
        scope=scope,
        unit=unit,
    )


def _place(runs: Sequence[Run]) -> _Place:
    return _Place({run.revision.path: i for i, run in enumerate(runs)})


@dataclass(frozen=True, slots=True)
class _Place:
    """Sorts findings by revision in their order, then by line."""

    order: Mapping[Path, int]

    def __call__(self, finding: Finding) -> tuple[int, int]:
        return self.order.get(finding.path, len(self.order)), finding.line


def _from_nothing(readings: Sequence[Reading], wanted: frozenset[str]) -> tuple[Run, ...]:
    """The runs of *wanted*, from an empty database where the history shows that it began with one."""
    runs = tuple(replay(readings, Schema(complete=True)))
    earlier = [run for run in runs if run.revision.id not in wanted] or runs
    if _began_empty(runs) and not any(_names_the_unmade(p) for run in earlier for p in run.operations):
        return tuple(run for run in runs if run.revision.id in wanted)
    return tuple(replay(readings, Schema(), keep=wanted))


def _began_empty(runs: Iterable[Run]) -> bool:
    """Whether the first statement about a table creates it."""
    operations = (p.operation for run in runs for p in run.operations)
    first = next((each for each in operations if tables_of(each) or is_unreadable(each)), None)
    return isinstance(first, CreateTable)


def _names_the_unmade(placed: Placed) -> bool:
    """Whether a statement speaks of a table that nothing before it made, or may speak of any."""
    return is_unreadable(placed.operation) or names_the_unmade(placed.operation, placed.before)


def _shares_transaction(history: History) -> bool:
    env = history.script_location / "env.py"
    return env.is_file() and shares_transaction(_text(env))


def _text(path: Path) -> str:
    try:
        # as Python reads it: by its byte order mark or the comment that names its encoding
        with tokenize.open(path) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError):
        return path.read_text("utf-8", "replace")
