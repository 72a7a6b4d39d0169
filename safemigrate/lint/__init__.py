"""A history, or a script of SQL, and rules: what the rules find in the revisions chosen.

In: a history and which of its revisions to judge, rules, today's date. Out: a LintResult, with findings that
somebody allowed marked as such. Which files changed is asked elsewhere; nothing here prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

_HOMES = {
    "Conditions": "conditions",
    "LintResult": "result",
    "Script": "script",
    "Selection": "select",
    "baseline": "baseline",
    "changed": "select",
    "everything": "select",
    "lint": "revisions",
    "lint_scripts": "script",
    "lint_sql": "script",
    "named": "select",
    "revision_runs": "revisions",
}


def __getattr__(name: str) -> object:
    # choosing revisions needs no reader of SQL, which is most of what lint imports
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
