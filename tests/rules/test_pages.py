"""Every example of every rule's page, asked its five questions."""

from __future__ import annotations

import pytest

from safemigrate.rulebook import Rule, load_rules
from safemigrate.server import Server
from safemigrate.verify.pages import Case, Question, ask, cases, unshown_hazards

RULES = load_rules()


@pytest.mark.parametrize(
    ("case", "question"),
    [pytest.param(case, question, id=f"{case}: {question}") for case in cases(RULES) for question in case.questions],
)
def test_page_rule_and_postgresql_agree(case: Case, question: Question, server: Server) -> None:
    if complaints := ask(case, question, server):
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES])
def test_page_shows_every_hazard_it_promises(rule: Rule) -> None:
    assert frozenset() == unshown_hazards(rule)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES])
def test_page_says_what_is_unsafe_and_what_to_do(rule: Rule) -> None:
    expected = ["## Why it is unsafe", "## What to do instead", "## Examples"]
    assert expected == [line for line in rule.page.body.splitlines() if line.startswith("## ")]
    titles = [example.title for example in rule.page.examples]
    assert len(titles) == len(set(titles))
