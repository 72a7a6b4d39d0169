"""prefer-text: see prefer_text.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hit, Site
from safemigrate.rulebook.style import typed
from safemigrate.schema import Type


def check(site: Site) -> Iterable[Hit]:
    """Each column that is given such a type."""
    return typed(site, _meant, "{column} is {type}: take text, and a CHECK if the length matters.")


def _meant(type_: Type) -> bool:
    return type_.name == "character varying" and bool(type_.arguments)
