"""set-tablespace: see set_tablespace.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import Reindex, SetTablespace


def check(site: Site) -> Iterable[Hit]:
    """What moves is copied while nobody reads or writes it; where it is now, the schema does not tell."""
    op = _operation(site)
    if _is_new(site, op) or _is_hollow(site, op):
        return
    if op.kind == "INDEX" and not op.text:
        yield Hit(
            frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES}),
            message=f"The index {op.name} is copied while every query that could use it waits.",
        )
    else:
        what = "Everything in the tablespace" if op.text else str(op.name)
        yield Hit(
            frozenset({Hazard.REWRITES_TABLE}), message=f"{what} is copied under a lock that stops reads and writes."
        )


def split(site: Site) -> Split | Refusal | None:
    """An index is built anew where it should be; a table has no such form."""
    op = _operation(site)
    if op.kind == "INDEX" and not op.text:
        text = f"REINDEX (TABLESPACE {quoted(op.tablespace)}) INDEX CONCURRENTLY {op.name.sql()}"
        return Split(
            consumes=frozenset({site.position}),
            change=f"moves the index {op.name} to {op.tablespace}",
            expand=((Reindex("INDEX", op.name, text, concurrently=True),),),
        )
    return Refusal(
        "PostgreSQL copies a table to another tablespace under an exclusive lock.",
        "pg_repack moves a table while others work; its indexes move by REINDEX (TABLESPACE …) CONCURRENTLY.",
    )


def _is_new(site: Site, op: SetTablespace) -> bool:
    if op.text:
        return False
    table = site.before.index_table(op.name) if op.kind == "INDEX" else site.before.table(op.name)
    view = site.before.view(op.name)
    return (table is not None and site.is_new(table.name)) or (view is not None and view.born == site.before.revision)


def _is_hollow(site: Site, op: SetTablespace) -> bool:
    """A partitioned table or index holds nothing itself; the word counts for the partitions to come."""
    table = site.before.index_table(op.name) if op.kind == "INDEX" else site.before.table(op.name)
    return not op.text and table is not None and table.partitioned


def _operation(site: Site) -> SetTablespace:
    assert isinstance(site.operation, SetTablespace)
    return site.operation
