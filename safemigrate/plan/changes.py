"""Runs of authored revisions to changes: which rule splits what, and what stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from safemigrate.errors import SplitRefused
from safemigrate.history.statement import Phase
from safemigrate.rulebook import Hit, Placed, Policy, Refusal, Rule, Run, Severity, Site, Split, Step, severity
from safemigrate.rulebook.judge import sites


@dataclass(frozen=True, slots=True)
class Change:
    """What an author meant, and its safe form."""

    rule: str
    split: Split


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a revision's expand part does: operations as they were written, or the steps of a change."""

    positions: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class SplitRevision:
    """An authored revision with its changes. *parts* are in the order in which the expand part runs them."""

    run: Run
    changes: tuple[Change, ...]
    parts: tuple[Part, ...]

    def steps(self, phase: Phase) -> tuple[Step, ...]:
        """The steps that the changes put into *phase*."""
        return tuple(step for change in self.changes for step in change.split.steps(phase))


@dataclass(frozen=True, slots=True)
class _Objection:
    """A hit that needs a split: where it is, and the rule's own split or refusal."""

    rule: Rule
    placed: Placed
    hit: Hit
    answer: Split | Refusal | None


def find_changes(
    rules: Iterable[Rule],
    run: Run,
    *,
    policy: Policy | None = None,
    postgres: int | None = None,
    answers: Mapping[str, str] | None = None,
) -> SplitRevision | None:
    """The revision of *run* split into changes; None where it is safe as written, or names a phase already.

    Raises SplitRefused where some operation is dangerous and no rule knows its safe form.
    """
    if run.revision.phase is not None:
        return None
    objections = [
        _Objection(rule, site.operations[hit.at], hit, rule.split(site) if rule.split else None)
        for rule in rules
        for site in sites(rule, (run,), policy or Policy(), postgres, answers or {})
        for hit in rule.check(site)
        if _is_error(site, hit)
    ]
    if not objections:
        return None
    changes = _chosen(objections)
    consumed = frozenset(position for change in changes for position in change.split.consumes)
    for objection in objections:
        if _position(run, objection.placed) not in consumed:
            raise _refused(run, objection)
    return SplitRevision(run, changes, _parts(run, changes))


def _is_error(site: Site, hit: Hit) -> bool:
    placed = site.operations[hit.at]
    certain = hit.certain and placed.statement.certain
    return severity(hit.hazards, Phase.EXPAND, certain=certain) is Severity.ERROR


def _chosen(objections: Sequence[_Objection]) -> tuple[Change, ...]:
    """The splits that do not overlap, those that explain most first: one that consumes three operations is one
    change that its author meant, and the splits of its single operations are none."""
    proposed = {
        (o.rule.name, tuple(sorted(o.answer.consumes))): o.answer for o in objections if isinstance(o.answer, Split)
    }
    chosen: list[Change] = []
    taken: set[int] = set()
    for (name, positions), split in sorted(proposed.items(), key=lambda item: (-len(item[0][1]), item[0][1])):
        if taken.isdisjoint(positions):
            chosen.append(Change(name, split))
            taken.update(positions)
    return tuple(sorted(chosen, key=lambda change: min(change.split.consumes)))


def _parts(run: Run, changes: Sequence[Change]) -> tuple[Part, ...]:
    """The expand part in the order of the first operation of each change."""
    home = {position: change for change in changes for position in change.split.consumes}
    parts: list[Part] = []
    for position in range(len(run.operations)):
        change = home.get(position)
        if change is None:
            parts.append(Part((position,)))
        elif position == min(change.split.consumes):
            parts.append(Part(tuple(sorted(change.split.consumes)), change.split.expand, change))
    return tuple(parts)


def _position(run: Run, placed: Placed) -> int:
    return next(i for i, other in enumerate(run.operations) if other is placed)


def _refused(run: Run, objection: _Objection) -> SplitRefused:
    statement = objection.placed.statement
    where = f"{statement.path}:{statement.line}"
    if isinstance(objection.answer, Refusal):
        return SplitRefused(objection.answer.reason, where=where, remedy=objection.answer.remedy)
    sql = statement.sql or objection.placed.operation.sql()
    return SplitRefused(
        f"{objection.rule.name}: no safe form is known for: {sql}",
        where=where,
        remedy=f"See safemigrate explain {objection.rule.name}, or say why it is safe where it stands: "
        f"# safemigrate: allow {objection.rule.name} -- reason",
    )
