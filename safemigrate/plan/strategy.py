"""Phases laid over the waves of a rollout."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from safemigrate.errors import ConfigurationError
from safemigrate.history.statement import Phase
from safemigrate.plan.losses import lost
from safemigrate.plan.plan import Plan, Step
from safemigrate.schema import conversion, sync


class Strategy(enum.StrEnum):
    """How a deployment replaces the old version."""

    ROLLING = "rolling"
    CANARY = "canary"
    BLUE_GREEN = "blue-green"


_WAVES = {
    Strategy.ROLLING: (25, 50, 75, 100),
    Strategy.CANARY: (5, 10, 25, 50, 100),
    Strategy.BLUE_GREEN: (100,),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One moment of the rollout: what runs on the database, or a wave of processes.

    *old_percent* and *new_percent* are the shares of the fleet once the stage is done. *requires* is what must be
    true before it, *back* how to go back from its end.
    """

    title: str
    command: str
    old_percent: int
    new_percent: int
    requires: tuple[str, ...]
    back: str
    phase: Phase | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stages of one release in order. *before* is the revision the database is at when it begins."""

    strategy: Strategy
    before: str
    stages: tuple[Stage, ...]


def waves(strategy: Strategy, written: str | None) -> tuple[int, ...]:
    """The shares of the fleet on the new version, in percent, rising to 100; the strategy's own if none are written.

    Raises ConfigurationError for what is no such list.
    """
    if written is None:
        return _WAVES[strategy]
    try:
        shares = tuple(int(share.strip().rstrip("%")) for share in written.split(","))
    except ValueError:
        shares = ()
    if not shares or shares[-1] != 100 or any(a >= b for a, b in zip((0, *shares), shares, strict=False)):
        raise ConfigurationError(
            f'"{written}" is no list of waves.',
            where="--waves",
            remedy="Write rising percentages that end in 100: 25,50,100.",
        )
    return shares


def timeline(plan: Plan, strategy: Strategy, shares: Sequence[int], *, before: str) -> Timeline:
    """*plan* laid over the waves *shares* of *strategy*; the database is at revision *before*."""
    stages = [*_before_rollout(plan, before), *_rollout(plan, strategy, shares), *_contract(plan, before)]
    return Timeline(strategy, before, tuple(stages))


def _before_rollout(plan: Plan, before: str) -> list[Stage]:
    undo = f"alembic downgrade {before or 'base'}: no process of the new version has written yet"
    stages = []
    if steps := plan.phase(Phase.EXPAND):
        stages.append(
            Stage(
                "expand",
                "safemigrate apply --phase expand",
                100,
                0,
                (f"the database is at {before or 'base'}", "no other apply holds the lock", *_accepted(steps)),
                undo,
                Phase.EXPAND,
                steps,
            )
        )
    if steps := plan.phase(Phase.MIGRATE):
        stages.append(
            Stage(
                "migrate",
                "safemigrate apply --phase migrate",
                100,
                0,
                ("expand is done", *_triggers(plan), *_accepted(steps)),
                undo,
                Phase.MIGRATE,
                steps,
            )
        )
    return stages


def _rollout(plan: Plan, strategy: Strategy, shares: Sequence[int]) -> list[Stage]:
    ready = ["expand is done"]
    if plan.phase(Phase.MIGRATE):
        ready.append("every backfill is done")
    ready += _invariants(plan)
    back = "roll the processes back; the schema stays as it is, both versions run on it"
    stages = []
    for number, share in enumerate(shares, start=1):
        requires = tuple(ready) if number == 1 else (f"wave {number - 1} is healthy", *_invariants(plan))
        if strategy is Strategy.BLUE_GREEN:
            requires += ("background jobs of the preview are stopped, or their writes are wanted",)
        title = f"wave {number}: {share} % new"
        stages.append(Stage(title, "your deployment", 100 - share, share, requires, back))
    return stages


def _contract(plan: Plan, before: str) -> list[Stage]:
    steps = plan.phase(Phase.CONTRACT)
    if not steps:
        return []
    expands = [step.revision.id for step in plan.steps if step.phase is Phase.EXPAND]
    built_for = expands[-1] if expands else before or "base"
    requires = [
        "the rollback window is over: the next deployment's pre-deploy step is early enough",
        f"no process built for a revision before {built_for} is connected (safemigrate can-i contract)",
        *_invariants(plan),
    ]
    return [
        Stage(
            "contract",
            "safemigrate apply --phase contract",
            0,
            100,
            (*requires, *_accepted(steps)),
            "roll forward: the version before the rollout does not run on this schema any more",
            Phase.CONTRACT,
            steps,
        )
    ]


def _accepted(steps: Sequence[Step]) -> tuple[str, ...]:
    """That a person knows what *steps* take away for good; apply stops where a row holds any of it."""
    taken = _once(lost(placed.operation) for step in steps for placed in step.losses)
    asked = "a person knows what goes for good, and adds --accept loses-data unless it is empty"
    return (f"{asked}: {', '.join(taken)}",) if taken else ()


def _operations(plan: Plan) -> tuple[object, ...]:
    return tuple(op for step in plan.steps for op in step.operations)


def _triggers(plan: Plan) -> tuple[str, ...]:
    kinds = sync.CreateSyncTrigger | conversion.CreateConversionTrigger
    made = [op for op in _operations(plan) if isinstance(op, kinds)]
    return _once(f"the trigger {op.trigger} on {op.table} is enabled" for op in made)


def _invariants(plan: Plan) -> tuple[str, ...]:
    pairs = [op for op in _operations(plan) if isinstance(op, sync.CreateSyncFunction)]
    filled = [op for op in _operations(plan) if isinstance(op, sync.CreateFillFunction)]
    converted = [op for op in _operations(plan) if isinstance(op, conversion.CreateConversionFunction)]
    return _once(
        chain(
            (f"{op.table}.{op.old} and {op.table}.{op.new} are equal in every row" for op in pairs),
            (f"{op.table}.{op.column} is NULL in no row" for op in filled),
            (f"every row of {op.table} has its values in {', '.join(op.new)}" for op in converted),
        )
    )


def _once(sentences: Iterable[str]) -> tuple[str, ...]:
    """*sentences* without repetitions: migrate makes again what expand made."""
    return tuple(dict.fromkeys(sentences))
