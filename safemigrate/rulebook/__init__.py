"""Rules: pages with their code, loaded from folders, and the verdict they give.

In: runs, which are operations between the schema before and after them. Out: findings, and the safe form of a
change where a rule knows it. Nothing here reads a database or writes a file; a rule's code is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safemigrate.on_demand import give_on_demand

if TYPE_CHECKING:
    from safemigrate.history.statement import Direction, Phase, Statement
    from safemigrate.rulebook.finding import Finding, Fix, Origin, Suppression
    from safemigrate.rulebook.hazard import Hazard, Severity, remaining, severity
    from safemigrate.rulebook.judge import fixes, judge, step_sql
    from safemigrate.rulebook.loader import Rule, builtin_folder, load_rule, load_rules
    from safemigrate.rulebook.page import Example, Page, read_page
    from safemigrate.rulebook.replay import replay, replay_downgrade
    from safemigrate.rulebook.site import Hit, Placed, Policy, Project, Question, Refusal, Run, Site, Split, Step

__all__ = [
    "Direction",
    "Example",
    "Finding",
    "Fix",
    "Hazard",
    "Hit",
    "Origin",
    "Page",
    "Phase",
    "Placed",
    "Policy",
    "Project",
    "Question",
    "Refusal",
    "Rule",
    "Run",
    "Severity",
    "Site",
    "Split",
    "Statement",
    "Step",
    "Suppression",
    "builtin_folder",
    "fixes",
    "judge",
    "load_rule",
    "load_rules",
    "read_page",
    "remaining",
    "replay",
    "replay_downgrade",
    "severity",
    "step_sql",
]

give_on_demand(
    __name__,
    {
        ".finding": ("Finding", "Fix", "Origin", "Suppression"),
        ".hazard": ("Hazard", "Severity", "remaining", "severity"),
        ".judge": ("fixes", "judge", "step_sql"),
        ".loader": ("Rule", "builtin_folder", "load_rule", "load_rules"),
        ".page": ("Example", "Page", "read_page"),
        ".replay": ("replay", "replay_downgrade"),
        ".site": ("Hit", "Placed", "Policy", "Project", "Question", "Refusal", "Run", "Site", "Split", "Step"),
        "safemigrate.history.statement": ("Direction", "Phase", "Statement"),
    },
)
