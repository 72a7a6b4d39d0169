"""The one verdict: linting a revision and checking a plan both come from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from safemigrate.history.statement import Phase
from safemigrate.rulebook.control import WHILE_IT_RUNS, taken_back
from safemigrate.rulebook.finding import Finding, Fix
from safemigrate.rulebook.hazard import Hazard, needs_approval, remaining
from safemigrate.rulebook.loader import Rule
from safemigrate.rulebook.page import SCOPES
from safemigrate.rulebook.refusals import refusals
from safemigrate.rulebook.site import Hit, Placed, Policy, Project, Refusal, Run, Site, Split, Step
from safemigrate.rulebook.weight import weighed
from safemigrate.schema import Answer, Operation
from safemigrate.schema.name import quoted
from safemigrate.schema.operations.base import TableOperation
from safemigrate.schema.statistics import Statistics

NO_PROJECT = Project()


def judge(
    rules: Iterable[Rule],
    runs: Iterable[Run],
    *,
    policy: Policy | None = None,
    postgres: int | None = None,
    answers: Mapping[str, str] | None = None,
    project: Project | None = None,
    statistics: Statistics | None = None,
) -> tuple[Finding, ...]:
    """What *rules* find in *runs*, each judged in its phase (expand where it names none), in order of place.

    *postgres* is the target's major version, None for the worst of 14 to 18. *statistics* make findings louder or
    softer by the size and activity of their tables.
    """
    judgement = Judgement(
        rules, policy=policy, postgres=postgres, answers=answers, project=project, statistics=statistics
    )
    for run in runs:
        judgement.hear(run)
    return judgement.findings()


class Judgement:
    """What *rules* find in runs that come one after the other; the settings are as for judge()."""

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        policy: Policy | None = None,
        postgres: int | None = None,
        answers: Mapping[str, str] | None = None,
        project: Project | None = None,
        statistics: Statistics | None = None,
    ) -> None:
        self._inquiry = _Inquiry(
            tuple(rules), policy or Policy(), postgres, answers or {}, project or Project(), statistics
        )
        self._order: dict[int, int] = {}
        self._home: dict[int, Run] = {}
        self._undone: set[int] = set()
        self._found: list[tuple[int, str, Finding]] = []

    def hear(self, run: Run) -> None:
        """Judge the next run."""
        for placed in run.operations:
            self._order[id(placed)] = len(self._order)
            self._home[id(placed)] = run
        self._undone.update(id(placed) for placed in taken_back(run))
        self._found += self._judged(self._inquiry.of(run))

    def findings(self) -> tuple[Finding, ...]:
        """All that was found, in order of place, once the last run was heard."""
        found = [*self._found, *self._judged(self._inquiry.of_all())]
        return tuple(finding for _, _, finding in sorted(found, key=lambda item: item[:2]))

    def _judged(self, asked: Iterable[tuple[Rule, Site]]) -> Iterator[tuple[int, str, Finding]]:
        for rule, site in asked:
            for hit in rule.check(site):
                placed = site.operations[hit.at]
                if id(placed) in self._undone:
                    hit = replace(hit, hazards=hit.hazards & WHILE_IT_RUNS)
                finding = _finding(rule, site, hit, self._home[id(placed)])
                if finding is not None:
                    yield self._order[id(placed)], rule.name, finding


def sites(
    rule: Rule,
    runs: Sequence[Run],
    policy: Policy,
    postgres: int | None,
    answers: Mapping[str, str],
    project: Project = NO_PROJECT,
    statistics: Statistics | None = None,
    *,
    since: int | None = None,
    ahead: tuple[Placed, ...] = (),
) -> Iterator[Site]:
    """Everything in *runs* that *rule* looks at, in order.

    *since* is the first revision under review, None for the first of *runs*; *ahead* is what their release goes on to
    do behind them.
    """
    inquiry = _Inquiry((rule,), policy, postgres, answers, project, statistics, since=since, ahead=ahead)
    for run in runs:
        yield from (site for _, site in inquiry.of(run))
    yield from (site for _, site in inquiry.of_all())


def begun_at(runs: Iterable[Run]) -> int:
    """The first revision (Schema.revision) of *runs* that does anything."""
    return min((run.operations[0].before.revision for run in runs if run.operations), default=0)


class _Inquiry:
    """Each of *rules* with everything that it looks at in runs that come one after the other."""

    def __init__(
        self,
        rules: Sequence[Rule],
        policy: Policy,
        postgres: int | None,
        answers: Mapping[str, str],
        project: Project,
        statistics: Statistics | None,
        *,
        since: int | None = None,
        ahead: tuple[Placed, ...] = (),
    ) -> None:
        self._on = {scope: [rule for rule in rules if rule.page.on == scope] for scope in SCOPES}
        self._about: dict[type[Operation], list[Rule]] = {}
        self._settings = (policy, postgres)
        self._answers = answers
        self._light = (project, statistics)
        self._since = since
        self._ahead = ahead
        self._runs: list[Run] = []

    def of(self, run: Run) -> Iterator[tuple[Rule, Site]]:
        """What the rules look at in *run*, the next one."""
        if not run.operations:
            return
        self._runs.append(run)
        if self._since is None:
            self._since = run.operations[0].before.revision
        # a revision's own decisions are nearer than the project's
        decided = {**self._answers, **run.revision.answers}
        settings = (run, *self._settings, decided, *self._light, self._since, self._ahead)
        for placed in run.operations:
            for rule in self._rules_about(type(placed.operation)):
                if rule.looks_at(placed.operation) and not _is_idle(placed):
                    yield rule, Site((placed,), *settings)
        for group in _transactions(run) if self._on["transaction"] else ():
            yield from ((rule, Site(group, *settings)) for rule in self._on["transaction"])
        yield from ((rule, Site(run.operations, *settings)) for rule in self._on["revision"])

    def _rules_about(self, kind: type[Operation]) -> list[Rule]:
        # most rules have nothing to look at in most revisions
        if kind not in self._about:
            self._about[kind] = [rule for rule in self._on["operation"] if issubclass(kind, rule.kinds)]
        return self._about[kind]

    def of_all(self) -> Iterator[tuple[Rule, Site]]:
        """What those rules look at that are about all runs together, once the last one came."""
        if self._runs and self._since is not None:
            everything = tuple(placed for run in self._runs for placed in run.operations)
            settings = (self._runs[0], *self._settings, self._answers, *self._light, self._since, self._ahead)
            yield from ((rule, Site(everything, *settings)) for rule in self._on["history"])


def _transactions(run: Run) -> Iterator[tuple[Placed, ...]]:
    """The operations of each transaction; in autocommit every statement is one of its own."""
    groups: dict[int | None, list[Placed]] = {}
    for placed in run.operations:
        groups.setdefault(placed.statement.transaction, []).append(placed)
    for number, group in groups.items():
        yield from ((placed,) for placed in group) if number is None else (tuple(group),)


def _is_idle(placed: Placed) -> bool:
    """Whether IF EXISTS behind ALTER TABLE finds no table, for certain: the statement does nothing."""
    op = placed.operation
    if not (isinstance(op, TableOperation) and op.if_table_exists):
        return False
    return placed.before.exists(op.table) is Answer.NO and placed.before.view(op.table) is None


def _finding(rule: Rule, site: Site, hit: Hit, run: Run) -> Finding | None:
    placed = site.operations[hit.at]
    hazards = remaining(hit.hazards, run.phase)
    if not hazards:
        return None
    statement = placed.statement
    certain = hit.certain and statement.certain
    locks = site.footprint(placed)
    proposal = None if needs_approval(hazards, run.phase) else _proposal(rule, site, placed, run)
    loudness, size = weighed(hazards, run.phase, site, placed, certain=certain)
    message = hit.message or rule.page.sentence
    return Finding(
        rule=rule.name,
        hazards=hazards,
        severity=loudness,
        message=f"{message} {size}" if size else message,
        statement=statement.sql or placed.operation.sql(),
        path=statement.path,
        line=hit.line or statement.line,
        column=1 if hit.line else statement.column,
        revision=statement.revision,
        phase=run.phase,
        suggested_phase=None if run.revision.phase else suggested_phase(hazards),
        direction=run.direction,
        locks=locks.locks,
        work=locks.work,
        fix=_on_the_path(fixes(proposal), placed, run) if isinstance(proposal, Split) else (),
        deploy=proposal.deploy if isinstance(proposal, Split) else "",
        refusal=f"{proposal.reason} {proposal.advice}" if isinstance(proposal, Refusal) else "",
        certain=certain,
    )


def _proposal(rule: Rule, site: Site, placed: Placed, run: Run) -> Split | Refusal | None:
    """What the rule says to do instead; nothing, of what PostgreSQL would refuse when it comes to it."""
    proposal = rule.split(site) if rule.split else None
    if not isinstance(proposal, Split):
        return proposal
    beside = tuple(p for p in run.operations if p.statement is placed.statement and p is not placed)
    postgres = site.postgres
    found = (refusals(placed, others, postgres=postgres) for others in (beside, ()))
    reason = next((each.sentence for each in chain.from_iterable(found) if each.certain), None)
    return proposal if reason is None else Refusal(f"By itself PostgreSQL refuses it. {reason}", "Mend that first.")


def _on_the_path(found: tuple[Fix, ...], placed: Placed, run: Run) -> tuple[Fix, ...]:
    """*found* with the search path that the revision has set by then: each phase is pasted into another session."""
    path = placed.before.search_path
    if path == run.operations[0].before.search_path:
        return found
    names = ", ".join(map(quoted, path)) or "''"
    return tuple(replace(fix, sql=(f"SET search_path = {names}", *fix.sql)) for fix in found)


def suggested_phase(hazards: Iterable[Hazard]) -> Phase | None:
    """Contract for what only the end of the old version makes safe; None where the phase does not matter."""
    return Phase.CONTRACT if Hazard.BREAKS_OLD in frozenset(hazards) else None


def fixes(split: Split) -> tuple[Fix, ...]:
    """The phases of a split as SQL to paste. A step of several operations is wrapped in BEGIN and COMMIT."""
    return tuple(
        Fix(phase, tuple(sql for step in split.steps(phase) for sql in step_sql(step)))
        for phase in Phase
        if split.steps(phase)
    )


def step_sql(step: Step) -> tuple[str, ...]:
    """The statements of one step."""
    texts = tuple(operation.sql() for operation in step)
    return texts if len(texts) == 1 else ("BEGIN", *texts, "COMMIT")
