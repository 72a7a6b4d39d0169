"""The findings of chosen revisions, judged on the schema that all before them left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from safemigrate.history import History, Reading, read_revisions
from safemigrate.lint.baseline import baseline
from safemigrate.lint.beginning import Beginning
from safemigrate.lint.conditions import Conditions
from safemigrate.lint.hearing import Ahead, Hearing, one_transaction, verdict_on
from safemigrate.lint.readings import Prepared
from safemigrate.lint.result import LintResult
from safemigrate.lint.select import Selection, dump_for, needed
from safemigrate.lint.starts import Start
from safemigrate.lint.verdict import Verdict, concluded
from safemigrate.rulebook import Rule, Run, replay
from safemigrate.schema import Schema

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
    ahead: Ahead | None = None,
) -> Verdict:
    """What *rules* say of the selected revisions, whatever comments allow.

    *ready* is as for lint(). *ahead* is a hearing of the same in which all that *ready* holds were heard.
    """
    if not selection.ids:
        return Verdict((), ())
    ready = ready or Prepared(_read(history, selection.ids, conditions, downgrades=selection.ids))
    if ahead is not None and (verdict := ahead.verdict()) is not None:
        _keep(ahead.start, ready.keep)
        return verdict
    hearing = Hearing(history, rules, selection, conditions)
    for run in _runs(history, selection.ids, conditions, ready):
        hearing.hear(run, ready.readings[run.revision.id])
    return hearing.verdict()


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
    # revisions are numbered on
    begun = max((run.operations[0].before.revision for run in before if run.operations), default=0)
    return before + tuple(replay(behind, replace(baseline(conditions.schema_sql), revision=begun), keep=ids))


def _from_nothing(
    readings: Sequence[Reading], wanted: frozenset[str], keep: Callable[[Start], None] | None
) -> tuple[Run, ...]:
    """The runs of *wanted*, from an empty database where the history shows that it began with one.

    *keep* is given the schema that those before the first of *wanted* leave.
    """
    beginning, runs = _replayed(readings, Schema(complete=True), wanted)
    if not beginning.was_empty:
        begun = beginning.begun
        beginning, runs = _replayed(readings, Schema(), wanted)
        beginning.begun = begun
    _keep(beginning.start, keep)
    return tuple(runs)


def _replayed(readings: Sequence[Reading], schema: Schema, wanted: frozenset[str]) -> tuple[Beginning, list[Run]]:
    beginning = Beginning(schema, wanted)
    return beginning, [run for run in replay(readings, schema) if beginning.add(run)]


def _keep(start: Start | None, keep: Callable[[Start], None] | None) -> None:
    if keep is not None and start is not None:
        keep(start)
