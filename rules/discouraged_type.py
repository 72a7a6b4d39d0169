"""discouraged-type: see discouraged_type.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import types_given
from safemigrate.schema import Type

DISCOURAGED = {
    "money": "numeric, with the currency beside it",
    "xml": "text, or jsonb",
    "hstore": "jsonb",
    "real": "numeric, or double precision for measurements",
    "double precision": "numeric, where digits count",
}


def check(site: Site) -> Iterable[Hit]:
    """Each column that is given such a type."""
    for column, type_ in types_given(site.operation):
        if _meant(type_):
            message = f"{column} is {type_.name}: take {DISCOURAGED[type_.name]}."
            yield Hit(frozenset({Hazard.ADVICE}), message=message)


def _meant(type_: Type) -> bool:
    return type_.name in DISCOURAGED
