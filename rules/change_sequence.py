"""change-sequence: see change_sequence.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.objects import is_new
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AlterObject, ChangeIdentity

BREAKS = frozenset({Hazard.BREAKS_OLD})
_DANGERS = (
    (
        re.compile(r"\bRESTART\b", re.IGNORECASE),
        "{0} begins anew: where its numbers are taken, the next INSERT of every version is refused as a duplicate.",
    ),
    (
        re.compile(r"(?<!NO )\b(?:MAXVALUE|MINVALUE)\b", re.IGNORECASE),
        "{0} ends at another number: once it is reached, no version gets one any more.",
    ),
    (
        re.compile(r"\bAS\s+(?:smallint|int2|integer|int4|int)\b", re.IGNORECASE),
        "{0} ends where its new type does: once that is reached, no version gets a number any more.",
    ),
    (
        re.compile(r"(?<!NO )\bCYCLE\b", re.IGNORECASE),
        "{0} begins anew when it has reached its end, and gives numbers that are taken.",
    ),
    (
        re.compile(r"\bINCREMENT\b(?:\s+BY)?\s*-", re.IGNORECASE),
        "{0} counts down from now on, through numbers that are taken.",
    ),
)


def check(site: Site) -> Iterator[Hit]:
    """Which numbers a sequence gives next; where it stands is not known, so nothing is certain."""
    op = site.operation
    assert isinstance(op, AlterObject | ChangeIdentity)
    if isinstance(op, ChangeIdentity):
        if site.before.is_new_column(op.table, op.column):
            return
        name, options = f"The sequence of {op.table}.{quoted(op.column)}", op.options
    else:
        if is_new(site.before, "SEQUENCE", op.name):
            return
        name, options = str(op.name), _behind_name(op)
    for pattern, danger in _DANGERS:
        if pattern.search(options):
            yield Hit(BREAKS, certain=False, message=danger.format(name))
            return


def _behind_name(op: AlterObject) -> str:
    """The options: what follows the name, which may be a word of theirs."""
    words = op.text.split(None, 2)[-1]
    bare = re.sub(r"^IF\s+EXISTS\s+", "", words, flags=re.IGNORECASE)
    return bare[len(op.name.sql()) :] if bare.lower().startswith(op.name.sql().lower()) else bare.partition(" ")[2]
