"""char-type: see char_type.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import types_given
from safemigrate.schema import Type


def check(site: Site) -> Iterable[Hit]:
    """Each column that is given such a type."""
    for column, type_ in types_given(site.operation):
        if _meant(type_):
            message = f"{column} is {type_.sql()}, which is filled with blanks: take text."
            yield Hit(frozenset({Hazard.ADVICE}), message=message)


def _meant(type_: Type) -> bool:
    return type_.name == "character"
