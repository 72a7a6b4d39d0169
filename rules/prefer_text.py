"""prefer-text: see prefer_text.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import types_given
from safemigrate.schema import Type


def check(site: Site) -> Iterable[Hit]:
    """Each column that is given such a type."""
    for column, type_ in types_given(site.operation):
        if _meant(type_):
            message = f"{column} is {type_.sql()}: take text, and a CHECK if the length matters."
            yield Hit(frozenset({Hazard.ADVICE}), message=message)


def _meant(type_: Type) -> bool:
    return type_.name == "character varying" and bool(type_.arguments)
