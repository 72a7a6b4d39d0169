"""The five tests of a rule's page, for our rules and a user's own: the page says, the rule and PostgreSQL agree.

Each function returns sentences, one for each disagreement, and none where all agree. How an example is written
says `story`; what PostgreSQL is asked, `pages_on_server`.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from safemigrate.history.statement import Phase
from safemigrate.rulebook import Example, Finding, Hazard, Refusal, Rule, Run, Severity, Split, judge, step_sql
from safemigrate.rulebook.judge import sites
from safemigrate.server import Server
from safemigrate.verify.pages_on_server import Complaints, database_agrees, locks_agree
from safemigrate.verify.story import Marked, Story, read_story


class Question(enum.StrEnum):
    """What a page is asked about each of its examples."""

    FINDINGS = "findings"
    SPLIT = "split"
    PHASES = "phases"
    DATABASE = "database"
    LOCKS = "locks"


@dataclass(frozen=True, slots=True)
class Case:
    """One example of a rule's page. *rules* are all that judge it, the page's own among them."""

    rule: Rule
    example: Example
    rules: tuple[Rule, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the example can be asked: without phases there are none to lint."""
        phased = any(phase.value in self.example.fences for phase in Phase)
        return tuple(q for q in Question if phased or q is not Question.PHASES)

    def __str__(self) -> str:
        return f"{self.rule.name}: {self.example.title}"


def cases(rules: Iterable[Rule]) -> tuple[Case, ...]:
    """Every example of every page of *rules*. A rule that must be opted into judges no page but its own."""
    rules = tuple(rules)
    return tuple(
        Case(rule, example, tuple(r for r in rules if r is rule or not r.page.opt_in))
        for rule in rules
        for example in rule.page.examples
    )


def ask(case: Case, question: Question, server: Server) -> Complaints:
    """What is wrong with the example or with a rule, empty where all agree.

    Raises:
        RuleError: a fence of the page is not as it must be.
    """
    story = read_story(case.rule, case.example)
    if question in (Question.DATABASE, Question.LOCKS) and server.major < story.postgres:
        return ()
    match question:
        case Question.FINDINGS:
            return findings_agree(story, case.rules)
        case Question.SPLIT:
            return split_agrees(story)
        case Question.PHASES:
            return phases_are_clean(story, case.rules)
        case Question.DATABASE:
            return database_agrees(story, server)
        case Question.LOCKS:
            return locks_agree(story, server)


def unshown_hazards(rule: Rule) -> frozenset[Hazard]:
    """The hazards that the page promises and its rule finds in none of the examples."""
    stories = (read_story(rule, example) for example in rule.page.examples)
    return rule.page.hazards - {h for story in stories for f in _findings(story, (rule,)) for h in f.hazards}


# -- 1: the findings are the marks ---------------------------------------------------------------------------------


def findings_agree(story: Story, rules: Iterable[Rule]) -> Complaints:
    """All rules together find at each statement what its marks say.

    What other rules only advise may be marked, and need not be. The page's own rule stays within the hazards of
    its page, and finds something wherever there is a mark, unless the example's prose names the rule that does.
    """
    found = _findings(story, rules)
    complaints = []
    for marked in story.migration:
        here = [f for f in found if f.line == marked.line]
        marks = marked.found | marked.doubted
        needed = frozenset(h for f in here for h in f.hazards if f.rule == story.rule.name or h is not Hazard.ADVICE)
        if not needed <= marks <= frozenset(h for f in here for h in f.hazards):
            said = "; ".join(f"{f.rule}: {_words(f.hazards)}" for f in here) or "nothing"
            complaints.append(f"{story.place(marked)}\n  marked {_words(marks) or 'nothing'}, found {said}")
    own = [f for f in found if f.rule == story.rule.name]
    for finding in own:
        if extra := finding.hazards - story.rule.page.hazards:
            complaints.append(f"{story.path}: the page does not list {_words(extra)}, which its rule finds.")
    others = [f for f in found if f.hazards != {Hazard.ADVICE}]
    if others and not own and not any(f"`{f.rule}`" in story.example.prose for f in others):
        complaints.append(
            f"{story.path}:{story.example.line}: {story.rule.name} finds nothing here. "
            f"If another rule does, name it in the prose: `{others[0].rule}`."
        )
    return tuple(complaints)


def _findings(story: Story, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    return judge(rules, story.runs(), policy=story.policy, answers=story.answers, project=story.project)


def _words(hazards: Iterable[Hazard]) -> str:
    return ", ".join(sorted(hazard.value for hazard in hazards))


# -- 2: the split is the fences ------------------------------------------------------------------------------------


def split_agrees(story: Story) -> Complaints:
    """The rule's split gives the phases of the example, statement for statement.

    What the split does not consume stays where it is, in expand. Without phases on the page the rule must have
    no split, or refuse.
    """
    run = story.run()
    splits, refusals = _proposals(story, run)
    if refusals and story.phases:
        return (f"{story.path}:{story.example.line}: the rule refuses: {refusals[0].reason} {refusals[0].remedy}",)
    expected = _lines((phase, [marked.text for marked in _printed(story, phase)]) for phase in story.phases)
    found = _lines(_split_phases(run, splits)) if splits else []
    if expected == found:
        return ()
    difference = difflib.unified_diff(expected, found, "the page", "the rule", lineterm="", n=99)
    return (f"{story.path}:{story.example.line}: the split differs.\n" + "\n".join(difference),)


def _proposals(story: Story, run: Run) -> tuple[list[Split], list[Refusal]]:
    """What the rule proposes for every place where it finds something, without those a split consumes already."""
    splits: list[Split] = []
    refusals = []
    for site in sites(story.rule, [run], story.policy, None, story.answers):
        consumed = {position for split in splits for position in split.consumes}
        if story.rule.split is None or site.position in consumed or not list(story.rule.check(site)):
            continue
        match story.rule.split(site):
            case Split() as split:
                splits.append(split)
            case Refusal() as refusal:
                refusals.append(refusal)
            case None:
                pass
    return splits, refusals


def _split_phases(run: Run, splits: list[Split]) -> Iterator[tuple[Phase, list[str]]]:
    expand: list[str] = []
    begun: set[int] = set()
    consumed = {position for split in splits for position in split.consumes}
    for _, group in groupby(enumerate(run.operations), key=lambda item: item[1].statement.line):
        operations = list(group)
        for split in splits:
            if id(split) not in begun and any(n == split.begins for n, _ in operations):
                begun.add(id(split))
                expand += [text for step in split.expand for text in step_sql(step)]
        kept = [placed for n, placed in operations if n not in consumed]
        whole = len(kept) == len(operations)
        expand += [operations[0][1].statement.sql] if whole else [placed.operation.sql() for placed in kept]
    yield Phase.EXPAND, expand
    for phase in (Phase.MIGRATE, Phase.CONTRACT):
        yield phase, [text for split in splits for step in split.steps(phase) for text in step_sql(step)]


def _printed(story: Story, phase: Phase) -> Iterator[Marked]:
    """The statements of a phase with the BEGIN and COMMIT around a step of several."""
    begin, commit = Marked("BEGIN", 0), Marked("COMMIT", 0)
    for step in story.phases[phase]:
        yield from step if len(step) == 1 else (begin, *step, commit)


def _lines(phases: Iterable[tuple[Phase, list[str]]]) -> list[str]:
    """Phases as the page writes them, line by line; a phase without statements is none."""
    lines: list[str] = []
    for phase, texts in phases:
        if texts:
            statements = (line.rstrip() for text in texts for line in f"{text};".splitlines())
            lines += [f"```sql {phase}", *statements, "```"]
    return lines


# -- 3: the phases are clean ---------------------------------------------------------------------------------------


def phases_are_clean(story: Story, rules: Iterable[Rule]) -> Complaints:
    """Each phase, judged in its phase, leaves no error."""
    found = judge(rules, story.phase_runs(), policy=story.policy, answers=story.answers)
    return tuple(
        f"{story.path}:{f.line}: {f.statement.splitlines()[0]}\n  {f.rule} finds {_words(f.hazards)} in {f.phase}"
        for f in found
        if f.severity is Severity.ERROR
    )
