"""change-default: see change_default.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.net import column_goes, column_in_the_end, left
from safemigrate.schema import Answer, Expression
from safemigrate.schema.operations import SetDefault

_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_CAST = re.compile(r"::[\w .\"()\[\]]+$")


def check(site: Site) -> Iterator[Hit]:
    """Both versions leave the column out, and the old one means the default of before."""
    op = site.operation
    assert isinstance(op, SetDefault)
    # drop-default speaks of NULL
    if op.default.is_null_constant or site.before.is_new_column(op.table, op.column):
        return
    # a transaction is judged by its net change
    start, end = site.in_transaction[0].before, left(site)
    old, new = start.column(op.table, op.column), end.column(*column_in_the_end(site, op.table, op.column))
    if column_goes(site, op.table, op.column) or _text(old.default) == _text(new.default):
        return
    if old.required is Answer.YES:
        # nobody left it out
        return
    yield Hit(frozenset({Hazard.SURPRISES_OLD}))


def _text(default: Expression | None) -> str:
    """A default by its text, without the type that PostgreSQL writes behind it; a number by its value."""
    text = _CAST.sub("", default.text.strip("() ")).strip("() ") if default else ""
    return str(Decimal(text).normalize()) if _NUMBER.fullmatch(text) else text
