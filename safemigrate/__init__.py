"""Zero-downtime schema changes for SQLAlchemy, Alembic and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safemigrate.errors import SafemigrateError
    from safemigrate.history.statement import Phase
    from safemigrate.lint.script import lint_sql
    from safemigrate.rulebook.finding import Finding
    from safemigrate.rulebook.hazard import Hazard, Severity
    from safemigrate.rulebook.site import Hit, Refusal, Site, Split
    from safemigrate.tagging import tag

__version__ = "0.1.0"

__all__ = [
    "Finding",
    "Hazard",
    "Hit",
    "Phase",
    "Refusal",
    "SafemigrateError",
    "Severity",
    "Site",
    "Split",
    "__version__",
    "lint_sql",
    "tag",
]

# what each public name costs is paid by who asks for it: Alembic imports this package in production
_HOMES = {
    "Finding": "safemigrate.rulebook.finding",
    "Hazard": "safemigrate.rulebook.hazard",
    "Hit": "safemigrate.rulebook.site",
    "Phase": "safemigrate.history.statement",
    "Refusal": "safemigrate.rulebook.site",
    "SafemigrateError": "safemigrate.errors",
    "Severity": "safemigrate.rulebook.hazard",
    "Site": "safemigrate.rulebook.site",
    "Split": "safemigrate.rulebook.site",
    "lint_sql": "safemigrate.lint.script",
    "tag": "safemigrate.tagging",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
