"""A user's own rules, asked what our own are asked: the five questions about each example of each page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import psycopg

from safemigrate.errors import RuleError
from safemigrate.rulebook import Rule
from safemigrate.server import Server
from safemigrate.verify.pages import Case, Question, ask, cases, unshown_hazards
from safemigrate.verify.pages_on_server import Complaints


@dataclass(frozen=True, slots=True)
class ExampleAnswers:
    """What an example was asked, and what was wrong; no complaints where all agree."""

    title: str
    line: int
    complaints: Mapping[Question, Complaints]


@dataclass(frozen=True, slots=True)
class RuleAnswers:
    """The examples of a rule, and what is wrong with its page as a whole."""

    rule: Rule
    examples: tuple[ExampleAnswers, ...]
    complaints: Complaints = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing is wrong."""
        return not self.complaints and not any(any(e.complaints.values()) for e in self.examples)


def ask_rules(rules: Iterable[Rule], others: Iterable[Rule], server: Server) -> Iterator[RuleAnswers]:
    """The answers for each of *rules*, one after the other. *others* judge the examples, too, as they do in lint."""
    rules = tuple(rules)
    everything = (*rules, *others)
    for rule in rules:
        examples = tuple(
            ExampleAnswers(
                case.example.title,
                case.example.line,
                {question: _answer(case, question, server) for question in case.questions},
            )
            for case in cases(everything)
            if case.rule is rule
        )
        yield RuleAnswers(rule, examples, _page_complaints(rule))


def _answer(case: Case, question: Question, server: Server) -> Complaints:
    try:
        return ask(case, question, server)
    except RuleError as error:
        # a fence that cannot be read, or code that raises: the other examples are asked all the same
        return (str(error),)
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error)
        return (f"{case.rule.page.path}:{case.example.line}: PostgreSQL refuses what the example gives: {said}",)


def _page_complaints(rule: Rule) -> Complaints:
    page = rule.page
    if not page.examples:
        return (f"{page.path}: the page has no example, so nothing was tried.",)
    try:
        missing = unshown_hazards(rule)
    except RuleError:
        # the example says so itself
        return ()
    named = ", ".join(sorted(missing))
    return (f"{page.path}: the page lists {named}, which no example shows.",) if missing else ()
