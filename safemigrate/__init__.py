"""Zero-downtime schema changes for SQLAlchemy, Alembic and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safemigrate.on_demand import give_on_demand

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
give_on_demand(
    __name__,
    {
        ".errors": ("SafemigrateError",),
        ".history.statement": ("Phase",),
        ".lint.script": ("lint_sql",),
        ".rulebook.finding": ("Finding",),
        ".rulebook.hazard": ("Hazard", "Severity"),
        ".rulebook.site": ("Hit", "Refusal", "Site", "Split"),
        ".tagging": ("tag",),
    },
)
