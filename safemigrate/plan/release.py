"""A release: its authored revisions split together, in an order that is proven right or refused by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from safemigrate.errors import SplitRefused, Undecided
from safemigrate.history.statement import Phase
from safemigrate.plan.answers import Answers, Asked, check_answers, check_refused
from safemigrate.plan.changes import SplitRevision, find_changes
from safemigrate.plan.commute import Part
from safemigrate.plan.obstacles import obstacles
from safemigrate.rulebook import Policy, Rule, Run
from safemigrate.rulebook.judge import begun_at
from safemigrate.schema import Answer, Name, Operation, Schema
from safemigrate.schema import operations as o


@dataclass(frozen=True, slots=True)
class Release:
    """Authored revisions in their order. *split* holds those that are not safe as written, by revision id.

    *refused* is what keeps it from being written; *given* are the answers that somebody gave for this one split.
    """

    runs: tuple[Run, ...]
    split: Mapping[str, SplitRevision]
    refused: tuple[SplitRefused, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def before(self) -> Schema:
        """The schema that the release begins with."""
        return next((p.before for run in self.runs for p in run.operations), Schema())

    @property
    def end(self) -> Schema:
        """The schema that the release was written to end with."""
        return next((run.last for run in reversed(self.runs) if run.operations), self.before)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The questions that somebody answered, or that may be left open."""
        return tuple(each for parted in self.split.values() for each in parted.asked)

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """The questions that may be left open, and are."""
        return tuple(each for parted in self.split.values() for each in parted.undecided)

    def checked(self) -> Release:
        """The release itself. Raises SplitRefused for what it is refused for."""
        check_refused(self.refused, self.given)
        return self

    def leaving(self, run: Run) -> frozenset[Part]:
        """The columns that *run* or the begin of the release knows, and that the authored revisions end without."""
        last = self.end
        known = {
            (name, column)
            for schema in (self.before, run.operations[0].before, run.last)
            for name, table in schema.tables.items()
            for column in table.columns
        }
        return frozenset(part for part in known if last.has_column(*part) is Answer.NO)

    def operations(self, run: Run, phase: Phase) -> tuple[Operation, ...]:
        """What *run* does in *phase* once the release is split. What was not split is all expand."""
        parted = self.split.get(run.revision.id)
        if parted is None:
            return tuple(p.operation for p in run.operations) if phase is run.phase else ()
        if phase is not Phase.EXPAND:
            return tuple(op for step in parted.steps(phase) for op in step)
        found: list[Operation] = []
        for part in parted.parts:
            if part.change is None:
                found += [run.operations[position].operation for position in part.positions]
            else:
                found += [op for step in part.steps for op in step]
        return tuple(found)


def draft(
    rules: Iterable[Rule],
    runs: Sequence[Run],
    *,
    only: Collection[str] | None = None,
    allowed: Collection[tuple[str, Path, int]] = (),
    policy: Policy | None = None,
    postgres: int | None = None,
    answers: Answers | None = None,
) -> Release:
    """The release of *runs*, split. Those not in *only* (None: all) stay as they are.

    *allowed* are rule, path and line of what somebody took responsibility for; it stays where it stands.

    It is refused for each change that has no known safe form, or else for each that depends on another so that one
    cannot wait while the other goes ahead. Raises ConfigurationError for an answer that nothing asks for.
    """
    rules, runs, answers = tuple(rules), tuple(runs), answers or Answers()
    given = partial(
        find_changes, allowed=allowed, policy=policy, postgres=postgres, answers=answers, since=begun_at(runs)
    )
    found: dict[str, SplitRevision] = {}
    refused: list[SplitRefused] = []
    for i, run in enumerate(runs):
        if only is not None and run.revision.id not in only:
            continue
        try:
            split = given(rules, run, ahead=tuple(p for each in runs[i + 1 :] for p in each.operations))
        except SplitRefused as refusal:
            refused += refusal.each
            continue
        if split is not None:
            found[run.revision.id] = split
    release = Release(runs, found, given=answers.given)
    if refused:
        return replace(release, refused=(*refused, *release.undecided))
    check_answers(answers.given, release.asked, where="--answer")
    return replace(release, refused=tuple(obstacles(release)))


def tables_of(operations: Iterable[Operation], schema: Schema | None = None) -> tuple[Name, ...]:
    """The tables whose rows *operations* are about, in order; those of indexes and types, too, where *schema* knows
    them. A view is none: one that counts has a row however empty its tables are."""
    found: dict[Name, Name] = {}
    for op in operations:
        for name in _tables_of(op, schema):
            if schema is not None and schema.view(name) is not None:
                continue
            # as it was written first
            found.setdefault(schema.resolve(name) if schema is not None else name, name)
    return tuple(found.values())


def _tables_of(op: Operation, schema: Schema | None) -> tuple[Name, ...]:
    match op:
        case o.DropIndex() if schema is not None:
            table = schema.index_table(op.index)
            return (schema.shortest(table.name),) if table is not None else ()
        case o.DropObject(kind="TYPE" | "DOMAIN") if schema is not None:
            return tuple(schema.shortest(table) for table, _ in schema.columns_of(op.name))
        case o.Grant(on="TABLE"):
            return op.names
        case o.Truncate():
            return op.tables
        case _:
            named = getattr(op, "table", None)
            return (named,) if isinstance(named, Name) else ()
