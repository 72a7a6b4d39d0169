"""Runs of authored revisions to changes: which rule splits what, and what stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from safemigrate.errors import SplitRefused, Undecided
from safemigrate.history.declaration import declaration
from safemigrate.history.statement import Phase
from safemigrate.plan.answers import (
    Answers,
    Asked,
    check_answers,
    check_refused,
    open_questions,
    settled,
    undecided,
)
from safemigrate.rulebook import (
    Hit,
    Placed,
    Policy,
    Question,
    Refusal,
    Rule,
    Run,
    Severity,
    Split,
    Step,
    severity,
)
from safemigrate.rulebook.judge import sites
from safemigrate.schema.operations import Unreadable


@dataclass(frozen=True, slots=True)
class Change:
    """What an author meant, and its safe form."""

    rule: str
    split: Split


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a revision's expand part does: operations as they were written, or the steps of a change.

    It stands where the first of *positions* stood.
    """

    positions: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class SplitRevision:
    """An authored revision with its changes. *parts* are in the order in which the expand part runs them.

    *asked* are the questions that somebody answered, or that may be left open.
    """

    run: Run
    changes: tuple[Change, ...]
    parts: tuple[Part, ...]
    asked: tuple[Asked, ...] = ()

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """The questions that may be left open, and are."""
        return tuple(undecided(each, self.run.revision) for each in open_questions(self.asked))

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

    @property
    def question(self) -> Question | None:
        """What a person must, or may, decide."""
        return self.answer.question if self.answer is not None else None


def find_changes(
    rules: Iterable[Rule],
    run: Run,
    *,
    allowed: Collection[tuple[str, Path, int]] = (),
    policy: Policy | None = None,
    postgres: int | None = None,
    answers: Answers | None = None,
    since: int | None = None,
    ahead: tuple[Placed, ...] = (),
) -> SplitRevision | None:
    """The revision of *run* split into changes; None where it is safe as written, or names a phase already.

    *since* is the first revision of its release (Schema.revision), *ahead* what that goes on to do behind *run*.

    Raises SplitRefused for each operation that is dangerous and of which no rule knows the safe form, Undecided for
    each that hangs on an answer, ConfigurationError for an answer of the revision that nothing asks for.
    """
    revision = run.revision
    if revision.phase is not None and (revision.phased or revision.branch is not Phase.EXPAND):
        return None
    check_refused(list(_unread(run)))
    rules, answers = tuple(rules), answers or Answers()
    unanswered = replace(run, revision=replace(run.revision, answers={}))

    def object_to(known: Mapping[str, str]) -> list[_Objection]:
        found = [
            _Objection(rule, site.operations[hit.at], hit, rule.split(site) if rule.split else None)
            for rule in rules
            for site in sites(rule, (unanswered,), policy or Policy(), postgres, known, since=since, ahead=ahead)
            for hit in rule.check(site)
            if _is_dangerous(hit) and not _is_allowed(rule, site.operations[hit.at], allowed)
        ]
        return [o for o in found if o.hit.certain or isinstance(o.answer, Split)]

    def nearest(question: Question) -> str | None:
        return answers.nearest(question, revision.answers)

    objections, asked = settled(object_to, _questions, nearest)
    if revision.answers:
        where = declaration(revision.path).where("safemigrate_answers")
        check_answers(revision.answers, asked, where=f"{where}: safemigrate_answers")
    if not objections:
        return None
    check_refused(list(_other_search_path(run)))
    changes = _chosen(objections)
    questions = {change.split.question.key for change in changes if change.split.question}
    shown = tuple(each for each in asked if each.answer is not None or each.question.key in questions)
    split = SplitRevision(run, changes, _parts(run, changes), shown)
    refused = _unexplained(run, objections)
    if any(each.question for each in refused):
        # the answer may be what explains other statements, and any answer will do to see which
        supposed, _ = settled(object_to, _questions, lambda each: nearest(each) or each.example)
        left = {(each.rule.name, _position(run, each.placed)) for each in _unexplained(run, supposed)}
        refused = [each for each in refused if each.question or (each.rule.name, _position(run, each.placed)) in left]
    # a rule that knows safe forms and gives none leaves the statement to the change of which it is a part
    told = [each for each in refused if each.answer is not None or each.rule.split is None] or refused
    found = [_refused(run, each, answers.given) for each in _one_each(run, told)]
    check_refused([*found, *split.undecided], answers.given)
    return split


def _unexplained(run: Run, objections: Sequence[_Objection]) -> list[_Objection]:
    """Those at operations that no change takes up."""
    consumed = {position for change in _chosen(objections) for position in change.split.consumes}
    return [each for each in objections if _position(run, each.placed) not in consumed]


def _one_each(run: Run, refused: Sequence[_Objection]) -> list[_Objection]:
    """Each question once, and one refusal for each operation that raises none, in the order of the operations."""
    asking = {_position(run, each.placed) for each in refused if each.question}
    told: dict[str | int, _Objection] = {}
    for each in refused:
        position = _position(run, each.placed)
        if each.question or position not in asking:
            told.setdefault(each.question.key if each.question else position, each)
    return sorted(told.values(), key=lambda each: _position(run, each.placed))


def _questions(objections: Iterable[_Objection]) -> Iterator[Asked]:
    for objection in objections:
        if objection.question is not None:
            yield _asked(objection, objection.question)


def _asked(objection: _Objection, question: Question) -> Asked:
    answer = objection.answer
    return Asked(question, objection.placed, refusal=answer if isinstance(answer, Refusal) else None)


def _is_dangerous(hit: Hit) -> bool:
    return severity(hit.hazards, Phase.EXPAND) is Severity.ERROR


def _is_allowed(rule: Rule, placed: Placed, allowed: Collection[tuple[str, Path, int]]) -> bool:
    return (rule.name, placed.statement.path, placed.statement.line) in allowed


def _unread(run: Run) -> Iterator[SplitRefused]:
    """A revision that was not read to its end is neither safe nor dangerous: nobody knows."""
    for placed in run.operations:
        operation = placed.operation
        if isinstance(operation, Unreadable) and not operation.text:
            yield SplitRefused(
                f"the revision could not be read: {operation.reason.rstrip('.')}.",
                where=f"{placed.statement.path}:{placed.statement.line}",
                remedy="Mend it, or leave it out: name the revisions to split.",
            )


def _other_search_path(run: Run) -> Iterator[SplitRefused]:
    """The appended revisions run in sessions of their own, where a name without a schema means another table."""
    for placed in run.operations:
        if placed.after.search_path != run.operations[0].before.search_path:
            yield SplitRefused(
                "the search path is changed here, and the revisions that split appends would not see that.",
                where=f"{placed.statement.path}:{placed.statement.line}",
                remedy="Write the schema in front of each table instead.",
            )
            return


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
    """The expand part, with the steps of each change in the place of one of its operations."""
    home = {position: change for change in changes for position in change.split.consumes}
    parts: list[Part] = []
    for position in range(len(run.operations)):
        change = home.get(position)
        if change is None:
            parts.append(Part((position,)))
        elif position == change.split.begins:
            others = sorted(change.split.consumes - {position})
            parts.append(Part((position, *others), change.split.expand, change))
    return tuple(parts)


def _position(run: Run, placed: Placed) -> int:
    return next(i for i, other in enumerate(run.operations) if other is placed)


def _refused(run: Run, objection: _Objection, given: Collection[str]) -> SplitRefused:
    statement = objection.placed.statement
    where = f"{statement.path}:{statement.line}"
    if objection.question is not None:
        return undecided(_asked(objection, objection.question), run.revision, given)
    if isinstance(objection.answer, Refusal):
        return SplitRefused(objection.answer.reason, where=where, remedy=objection.answer.remedy)
    sql = statement.sql or objection.placed.operation.sql()
    return SplitRefused(
        f"{objection.rule.name}: no safe form is known for: {sql}",
        where=where,
        remedy=f"See safemigrate explain {objection.rule.name}, or say why it is safe where it stands: "
        f"# safemigrate: allow {objection.rule.name} -- reason",
    )
