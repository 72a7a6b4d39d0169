"""A history, or a script of SQL, and rules: what the rules find in the revisions chosen.

In: a history and which of its revisions to judge, rules, today's date. Out: a LintResult, with findings that
somebody allowed marked as such. Which files changed is asked elsewhere; nothing here prints.
"""

from safemigrate.lint.baseline import baseline
from safemigrate.lint.result import LintResult
from safemigrate.lint.revisions import lint
from safemigrate.lint.script import Script, lint_scripts, lint_sql
from safemigrate.lint.select import Selection, changed, everything, named

__all__ = [
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
]
