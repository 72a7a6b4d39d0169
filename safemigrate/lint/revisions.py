"""The findings of chosen revisions, judged on the schema that all before them left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from safemigrate.history import Direction, History, Reading, read_revisions
from safemigrate.history.replay import is_unreadable, names_the_unmade, tables_of
from safemigrate.history.written import shares_transaction, written
from safemigrate.lint.baseline import baseline
from safemigrate.lint.conditions import Conditions
from safemigrate.lint.downgrades import downgrade_runs, rules_on_downgrades, softened
from safemigrate.lint.readings import Prepared
from safemigrate.lint.result import LintResult
from safemigrate.lint.select import Selection, dump_for, needed
from safemigrate.lint.starts import Start
from safemigrate.lint.unjudged import unjudged
from safemigrate.lint.verdict import Verdict, concluded, text_of
from safemigrate.rulebook import Finding, Placed, Project, Rule, Run, judge, replay
from safemigrate.schema import Operation, Schema
from safemigrate.schema.operations import CreateTable, Unreadable

__all__ = ["Conditions", "judged", "lint", "one_transaction", "revision_runs", "verdict_on"]


def lint(
    history: History,
    rules: Sequence[Rule],
    selection: Selection,
    conditions: Conditions,
    *,
    ready: Prepared | None = None,
) -> LintResult:
    """What *rules* find in the selected revisions; the others are read for the schema only.

    *ready* is what prepared() gives, where somebody has asked it already.

    Raises:
        ConfigurationError: a suppression that cannot be understood.
        UnknownRevision: the baseline's revision is none of the history.
    """
    verdict = judged(history, rules, selection, conditions, ready=ready)
    names = {rule.name for rule in rules}
    return concluded(verdict, names, today=conditions.today, total=len(history.revisions), scope=selection.scope)


def judged(
    history: History,
    rules: Sequence[Rule],
    selection: Selection,
    conditions: Conditions,
    *,
    ready: Prepared | None = None,
) -> Verdict:
    """What *rules* say of the selected revisions, whatever comments allow. *ready* is as for lint()."""
    if not selection.ids:
        return Verdict((), ())
    ready = ready or Prepared(_read(history, selection.ids, conditions, downgrades=selection.ids))
    runs = _runs(history, selection.ids, conditions, ready)
    asked = partial(
        judge,
        policy=conditions.policy,
        postgres=conditions.postgres,
        answers=conditions.answers,
        project=Project(history.revisions, one_transaction(history), selection.beside),
        statistics=conditions.statistics,
    )
    found = asked(rules, [replace(run, written=written(text_of(run.revision.path))) for run in runs])
    if Direction.DOWNGRADE in conditions.directions:
        backwards = downgrade_runs(runs, ready.readings)
        found += softened(asked(rules_on_downgrades(rules), backwards))
    return verdict_on(runs, found, rules)


def verdict_on(runs: Sequence[Run], findings: Sequence[Finding], rules: Sequence[Rule]) -> Verdict:
    """The *findings* in *runs*, with the counts of what was judged and of what none of *rules* judges."""
    placed = [p for run in runs for p in run.operations]
    return Verdict(
        findings=tuple(findings),
        judged=tuple(run.revision.path for run in runs),
        statements=len({id(p.statement) for p in placed if p.statement.sql}),
        unreadable=tuple((p.statement.path, p.statement.line) for p in placed if isinstance(p.operation, Unreadable)),
        unjudged=unjudged(runs, rules),
    )


def one_transaction(history: History) -> bool:
    """Whether env.py runs all pending revisions in one transaction."""
    env = history.script_location / "env.py"
    return env.is_file() and shares_transaction(text_of(env))


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
    if readings is None:
        readings = _read(history, frozenset(ids), conditions, downgrades=())
    return _runs(history, frozenset(ids), conditions, Prepared(readings))


def _read(
    history: History, ids: frozenset[str], conditions: Conditions, *, downgrades: Collection[str]
) -> Mapping[str, Reading]:
    dump = dump_for(history, conditions.schema_sql, conditions.schema_revision)
    wanted = needed(history, ids, dump.revisions if dump else frozenset())
    return read_revisions(history, wanted, downgrades=downgrades, dump=dump)


def _runs(history: History, ids: frozenset[str], conditions: Conditions, ready: Prepared) -> tuple[Run, ...]:
    ordered = [ready.readings[revision.id] for revision in history.revisions if revision.id in ready.readings]
    if ready.start is not None:
        return tuple(replay(ordered, ready.start.schema, keep=ids))
    dump = dump_for(history, conditions.schema_sql, conditions.schema_revision)
    if dump is None:
        return _from_nothing(ordered, ids, ready.keep)
    # what the dump already holds is judged on what is known without it
    before = _from_nothing([r for r in ordered if r.revision.id in dump.revisions], ids, None)
    behind = [r for r in ordered if r.revision.id not in dump.revisions]
    return before + tuple(replay(behind, baseline(conditions.schema_sql), keep=ids))


def _from_nothing(
    readings: Sequence[Reading], wanted: frozenset[str], keep: Callable[[Start], None] | None
) -> tuple[Run, ...]:
    """The runs of *wanted*, from an empty database where the history shows that it began with one.

    *keep* is given the schema that those before the first of *wanted* leave.
    """
    replayed = _replayed(readings, Schema(complete=True), wanted)
    if not replayed.began_empty:
        begun = replayed.begun
        replayed = _replayed(readings, Schema(), wanted)
        replayed.begun = begun
    if keep is not None and replayed.leading and replayed.begun:
        keep(Start(tuple(replayed.leading), replayed.schema))
    return tuple(replayed.runs)


@dataclass(slots=True)
class _Replayed:
    """A replay, of which only the *runs* of the wanted revisions are kept.

    *leading* come before the first of them and leave *schema*; *begun* says that they tell how the history began.
    *first* is the first operation on a table, *unmade* tells of one on a table that nothing had made, *others* of
    revisions that are not wanted.
    """

    schema: Schema
    runs: list[Run] = field(default_factory=list)
    leading: list[str] = field(default_factory=list)
    begun: bool = False
    first: Operation | None = None
    unmade: bool = False
    unmade_by_wanted: bool = False
    others: bool = False

    @property
    def began_empty(self) -> bool:
        """Whether the first statement about a table creates it, and none speaks of one that was there before.

        What a revision under review gets wrong is no proof of an older database, unless there is no other.
        """
        unmade = self.unmade or (self.unmade_by_wanted and not self.others)
        return isinstance(self.first, CreateTable) and not unmade


def _replayed(readings: Sequence[Reading], start: Schema, wanted: frozenset[str]) -> _Replayed:
    replayed = _Replayed(start)
    for run in replay(readings, start):
        own = run.revision.id in wanted
        replayed.others = replayed.others or not own
        for placed in run.operations:
            if replayed.first is None and (tables_of(placed.operation) or is_unreadable(placed.operation)):
                replayed.first = placed.operation
            if own:
                replayed.unmade_by_wanted = replayed.unmade_by_wanted or _names_the_unmade(placed)
            else:
                replayed.unmade = replayed.unmade or _names_the_unmade(placed)
        if own:
            replayed.runs.append(run)
        elif not replayed.runs:
            replayed.leading.append(run.revision.id)
            replayed.begun = replayed.first is not None
            replayed.schema = run.operations[-1].after if run.operations else replayed.schema
    return replayed


def _names_the_unmade(placed: Placed) -> bool:
    """Whether a statement speaks of a table that nothing before it made, or may speak of any."""
    return is_unreadable(placed.operation) or names_the_unmade(placed.operation, placed.before)
