"""timetz-type: see timetz_type.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hit, Site
from safemigrate.rulebook.style import typed
from safemigrate.schema import Type


def check(site: Site) -> Iterable[Hit]:
    """Each column that is given such a type."""
    return typed(site, _meant, "{column} is {type}: take time or timestamptz.")


def _meant(type_: Type) -> bool:
    return type_.name == "time with time zone" or (type_.name == "timestamp with time zone" and bool(type_.arguments))
