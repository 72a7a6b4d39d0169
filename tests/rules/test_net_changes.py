"""What rules on drops, renames and defaults say where the history before, or the rest of the transaction, decides.

Each page shows its rule to a real server; these cases are the finer conditions, asked of the rule alone.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from net_change_cases import CASES, Case

from safemigrate.lint import Conditions, Script, lint_scripts
from safemigrate.rulebook import Rule, load_rules

RULES = {rule.name: rule for rule in load_rules()}


def said(case: Case, rule: Rule) -> str:
    """The hazards that *rule* finds in the change, in order; one that is not certain ends in a question mark."""
    today = datetime.date(2026, 6, 1)
    conditions = Conditions(today, schema_sql=case.given if case.complete else "", postgres=case.postgres)
    change = Script(Path("change.sql"), case.sql, case.autocommit)
    scripts = [change] if case.complete else [Script(Path("given.sql"), case.given), change]
    found = [f for f in lint_scripts(scripts, [rule], conditions).findings if f.path == change.path]
    words = {f"{hazard.value}{'' if f.certain else '?'}" for f in found for hazard in f.hazards}
    return " ".join(sorted(words))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_rule_judges_the_net_change(case: Case) -> None:
    assert case.expected == said(case, RULES[case.rule])


def test_cases_have_names_of_their_own() -> None:
    keys = [replace(case, expected="") for case in CASES]
    assert len(keys) == len(set(keys))
