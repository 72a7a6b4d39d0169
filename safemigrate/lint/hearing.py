"""Revisions are heard one after the other, and judged; also while those behind them are still being read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from safemigrate.history import Direction, History, Reading
from safemigrate.history.written import shares_transaction, written
from safemigrate.lint.beginning import Beginning
from safemigrate.lint.conditions import Conditions
from safemigrate.lint.downgrades import downgrade_run, rules_on_downgrades, softened
from safemigrate.lint.select import Selection
from safemigrate.lint.starts import Start
from safemigrate.lint.unjudged import unjudged
from safemigrate.lint.verdict import Verdict, text_of
from safemigrate.rulebook import Finding, Project, Rule, Run
from safemigrate.rulebook.judge import Judgement
from safemigrate.rulebook.replay import Replaying
from safemigrate.schema import Schema
from safemigrate.schema.operations import Unreadable
from safemigrate.sql import read


class Hearing:
    """What *rules* say of selected revisions that come one after the other, whatever comments allow."""

    def __init__(self, history: History, rules: Sequence[Rule], selection: Selection, conditions: Conditions) -> None:
        asked = partial(
            Judgement,
            policy=conditions.policy,
            postgres=conditions.postgres,
            answers=conditions.answers,
            project=Project(history.revisions, one_transaction(history), selection.beside),
            statistics=conditions.statistics,
        )
        self._rules = rules
        self._runs: list[Run] = []
        self._upgrades = asked(rules)
        self._downgrades = asked(rules_on_downgrades(rules))
        self._backwards = Direction.DOWNGRADE in conditions.directions

    def hear(self, run: Run, reading: Reading) -> None:
        """Judge the next revision; *run* is the upgrade of *reading*."""
        self._runs.append(run)
        self._upgrades.hear(replace(run, written=written(text_of(run.revision.path))))
        back = downgrade_run(run, reading) if self._backwards else None
        if back is not None:
            self._downgrades.hear(back)

    def verdict(self) -> Verdict:
        """The verdict, once the last revision was heard."""
        found = self._upgrades.findings() + softened(self._downgrades.findings())
        return verdict_on(self._runs, found, self._rules)


class Ahead:
    """A hearing of revisions while those behind them are being read, as if their history began with no table.

    All that *hearing* needs come, in the history's order; of them it hears *wanted*. What comes after the first sign
    of an older database is not heard: then all is to be judged on another schema.
    """

    def __init__(self, hearing: Hearing, wanted: frozenset[str]) -> None:
        schema = Schema(complete=True)
        self._hearing = hearing
        self._replaying = Replaying(schema)
        self._beginning = Beginning(schema, wanted)

    def hear(self, reading: Reading) -> None:
        """Judge the next revision."""
        if self._beginning.was_not_empty:
            read_ahead(reading)
            return
        run = self._replaying.run(reading)
        if self._beginning.add(run):
            self._hearing.hear(run, reading)

    @property
    def start(self) -> Start | None:
        """What those before the first that is wanted leave."""
        return self._beginning.start

    def verdict(self) -> Verdict | None:
        """The verdict, once the last revision came; None where the history began with an older database."""
        return self._hearing.verdict() if self._beginning.was_empty else None


def read_ahead(reading: Reading) -> None:
    """Read what judging will ask for; both are remembered."""
    written(text_of(reading.revision.path))
    for statement in reading.statements:
        read(statement.sql)


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
