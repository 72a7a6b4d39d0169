"""prefer-timestamptz: see prefer_timestamptz.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import types_given
from safemigrate.schema import Type


def check(site: Site) -> Iterable[Hit]:
    """Each column that is given such a type."""
    for column, type_ in types_given(site.operation):
        if _meant(type_):
            message = f"{column} has no time zone, so it names no moment: take timestamptz."
            yield Hit(frozenset({Hazard.ADVICE}), message=message)


def _meant(type_: Type) -> bool:
    return type_.name == "timestamp without time zone"
