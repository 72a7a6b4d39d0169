"""numeric-without-precision: see numeric_without_precision.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hit, Site
from safemigrate.rulebook.style import typed
from safemigrate.schema import Type


def check(site: Site) -> Iterable[Hit]:
    """Each column that is given such a type."""
    return typed(site, _meant, "{column} is numeric without a precision, and holds up to 147,455 digits.")


def _meant(type_: Type) -> bool:
    return type_.name == "numeric" and not type_.arguments
