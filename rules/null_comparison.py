"""null-comparison: see null_comparison.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import constraints_of
from safemigrate.schema import Check, Expression, Operation
from safemigrate.schema.operations import CreateIndex, Delete, Update

_WITH_NULL = re.compile(r"(=|<>|!=)\s*NULL\b(?!\s*::)", re.IGNORECASE)
_NOT_IN_QUERY = re.compile(r"\bNOT\s+IN\s*\(\s*SELECT\b", re.IGNORECASE)


def check(site: Site) -> Iterable[Hit]:
    """Conditions that are never true, or not once a NULL is among the values."""
    for condition in _conditions(site.operation):
        if _WITH_NULL.search(condition.text):
            yield Hit(frozenset({Hazard.ADVICE}), message="A comparison with NULL is never true: say IS NULL.")
        elif _NOT_IN_QUERY.search(condition.text):
            yield Hit(
                frozenset({Hazard.ADVICE}),
                message="NOT IN is never true once the query returns a NULL: say NOT EXISTS.",
            )


def _conditions(op: Operation) -> Iterator[Expression]:
    if isinstance(op, Update | Delete) and op.where is not None:
        yield op.where
    if isinstance(op, CreateIndex) and op.index.where is not None:
        yield op.index.where
    yield from (c.expression for c in constraints_of(op) if isinstance(c, Check))
