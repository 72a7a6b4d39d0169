"""Advice on the types of columns, where a project asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from safemigrate.rulebook.hazard import Hazard
from safemigrate.rulebook.parts import types_given
from safemigrate.rulebook.site import Hit, Site
from safemigrate.schema import Type


def typed(site: Site, meant: Callable[[Type], bool], message: str) -> Iterator[Hit]:
    """*message* on each column that is given a type which is *meant*; {column} and {type} stand for the two."""
    for column, type_ in types_given(site.operation):
        if meant(type_):
            yield Hit(frozenset({Hazard.ADVICE}), message=message.format(column=column, type=type_.sql()))
