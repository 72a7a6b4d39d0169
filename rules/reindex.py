"""reindex: see reindex.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.operations import Reindex

_HEAD = re.compile(r"\s*REINDEX\s*(?:\([^)]*\)\s*)?(?:INDEX|TABLE|SCHEMA|DATABASE)\b", re.IGNORECASE)


def check(site: Site) -> Iterable[Hit]:
    """The table is closed to writes, and the index to every query that may use it, for as long as it is built."""
    op = _operation(site)
    if not op.concurrently and not _is_new(site, op):
        yield Hit(
            frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES}),
            message="While the index is built anew, writes to its table wait, and every query that could use it.",
        )


def split(site: Site) -> Split | Refusal | None:
    """The same CONCURRENTLY."""
    op = _operation(site)
    if op.concurrently:
        return None
    head = _HEAD.match(op.text)
    if head is None:
        return Refusal(
            f"REINDEX {op.kind} has no concurrent form.",
            "Rebuild the indexes of the system catalogues in a window in which nobody works.",
        )
    text = f"{head[0].strip()} CONCURRENTLY{op.text[head.end() :]}"
    return Split(
        consumes=frozenset({site.position}),
        change=f"rebuilds {op.kind.lower()} {op.name}",
        expand=((replace(op, concurrently=True, text=text),),),
    )


def _is_new(site: Site, op: Reindex) -> bool:
    before = site.before
    match op.kind:
        case "TABLE":
            return before.is_new(op.name)
        case "INDEX":
            table = before.index_table(op.name)
            return table is not None and before.is_new(table.name)
        case _:
            return False


def _operation(site: Site) -> Reindex:
    assert isinstance(site.operation, Reindex)
    return site.operation
