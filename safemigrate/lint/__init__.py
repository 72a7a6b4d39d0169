"""A history, or a script of SQL, and rules: what the rules find in the revisions chosen.

In: a history and which of its revisions to judge, rules, today's date. Out: a LintResult, with findings that
somebody allowed marked as such. Which files changed is asked elsewhere; nothing here prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safemigrate.on_demand import give_on_demand

if TYPE_CHECKING:
    from safemigrate.lint.baseline import baseline
    from safemigrate.lint.conditions import Conditions
    from safemigrate.lint.result import LintResult
    from safemigrate.lint.revisions import lint, revision_runs
    from safemigrate.lint.script import Script, lint_scripts, lint_sql
    from safemigrate.lint.select import Selection, changed, everything, named

__all__ = [
    "Conditions",
    "LintResult",
    "Script",
    "Selection",
    "baseline",
    "changed",
    "everything",
    "lint",
    "lint_scripts",
    "lint_sql",
    "named",
    "revision_runs",
]

give_on_demand(
    __name__,
    {
        ".baseline": ("baseline",),
        ".conditions": ("Conditions",),
        ".result": ("LintResult",),
        ".revisions": ("lint", "revision_runs"),
        ".script": ("Script", "lint_scripts", "lint_sql"),
        ".select": ("Selection", "changed", "everything", "named"),
    },
)
