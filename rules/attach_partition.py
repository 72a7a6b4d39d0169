"""attach-partition: see attach_partition.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split
from safemigrate.schema import Answer, Check, Name, Work
from safemigrate.schema.locks.place import Place
from safemigrate.schema.locks.proof import excluded_from_default, proven_bound
from safemigrate.schema.name import quoted, shortened
from safemigrate.schema.operations import (
    AddCheck,
    AttachPartition,
    CreateTable,
    DetachPartition,
    DropConstraint,
    ValidateConstraint,
)
from safemigrate.sql import read_expression

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})
OLDEST = 14
_KEY = re.compile(r"(RANGE|LIST)\s*\(\s*(\"?\w+\"?)\s*\)", re.IGNORECASE)
_CONSTANT = r"('(?:[^']|'')*'|-?\d+)"
_RANGE = re.compile(rf"FOR\s+VALUES\s+FROM\s*\(\s*{_CONSTANT}\s*\)\s*TO\s*\(\s*{_CONSTANT}\s*\)", re.IGNORECASE)
_LIST = re.compile(rf"FOR\s+VALUES\s+IN\s*\(\s*{_CONSTANT}\s*\)", re.IGNORECASE)


def check(site: Site) -> Iterable[Hit]:
    """The rows of the partition, and those of the default partition, are looked through under an exclusive lock."""
    words = [*_partition_words(site), *_default_words(site)]
    if words:
        yield Hit(BLOCKS, message=" ".join(words))


def split(site: Site) -> Split | Refusal | None:
    """A check proves the bound first; it refuses what lies outside, as the partition will: that is contract's."""
    op = site.operation
    default = _searched_default(site)
    if default is not None:
        return Refusal(
            f"{default} is searched for rows that belong into the new partition.",
            f"Add a CHECK to {default} that forbids them, NOT VALID, and validate it; with that proof the search is "
            "spared.",
        )
    if not isinstance(op, AttachPartition):
        return None
    if any(_detaches(placed, op) for placed in site.run.operations[: site.position]):
        return Refusal(
            f"{op.partition} leaves its place and comes back in one transaction, which reads all its rows.",
            f"Add a CHECK that says the new bound to {op.partition} in an earlier release, and validate it.",
        )
    if site.footprint().work is Work.INDEX_BUILD:
        return Refusal(
            f"{op.partition} lacks indexes that {op.table} has, and they are built under the lock.",
            f"Build them CONCURRENTLY on {op.partition} first.",
        )
    bound = _bound(site, op)
    if bound is None:
        return Refusal(
            f"Every row of {op.partition} is read to see that it lies in the bound.",
            f"Add a CHECK to {op.partition} that says the bound, NOT VALID, and validate it; with that proof the "
            "reading is spared.",
        )
    name = shortened(f"{op.partition.name}_bound_check")
    proof = Check(name, read_expression(bound), valid=False)
    return Split(
        consumes=frozenset({site.position}),
        change=f"attaches {op.partition} to {op.table}",
        contract=(
            (AddCheck(op.partition, proof),),
            (ValidateConstraint(op.partition, name),),
            (op, DropConstraint(op.partition, name)),
        ),
        proof=f"Every row of {op.partition} lies {op.bound}, and no running version writes another.",
        deploy=f"the version that writes to {op.partition} only what lies {op.bound}",
    )


def _detaches(placed: Placed, op: AttachPartition) -> bool:
    other = placed.operation
    return isinstance(other, DetachPartition) and placed.before.same(other.partition, op.partition)


def _partition_words(site: Site) -> Iterable[str]:
    op = site.operation
    if not isinstance(op, AttachPartition) or site.is_new(op.partition):
        return
    work = site.footprint().work
    place = Place(site.before, site.postgres or OLDEST)
    if work is Work.INDEX_BUILD:
        yield f"{op.partition} lacks indexes of {op.table}, which are built while its reads and writes wait."
    elif work is not Work.INSTANT and not proven_bound(place, op.table, op.partition, op.bound):
        yield f"Every row of {op.partition} is read to see that it lies in the bound, while others wait for it."


def _default_words(site: Site) -> Iterable[str]:
    default = _searched_default(site)
    if default is not None:
        yield (
            f"Every row of the default partition {default} is searched for what belongs into the new one, while "
            "reads and writes that touch it wait."
        )


def _searched_default(site: Site) -> Name | None:
    """The default partition whose rows have to be looked through."""
    op = site.operation
    assert isinstance(op, AttachPartition | CreateTable)
    parent = op.table if isinstance(op, AttachPartition) else op.partition_of
    default = site.before.default_partition(parent) if parent is not None else None
    if parent is None or default is None or site.is_new(default):
        return None
    proven = excluded_from_default(Place(site.before, site.postgres or OLDEST), parent, default, op.bound)
    return None if proven else default


def _bound(site: Site, op: AttachPartition) -> str | None:
    """The bound as a condition on the rows, where the key is one column and the bound is made of constants."""
    parent = site.before.table(op.table)
    key = _KEY.fullmatch(parent.partition_key) if parent is not None else None
    if key is None:
        return None
    column = key[2] if key[2].startswith('"') else quoted(key[2].lower())
    known = site.before.column(op.partition, column.strip('"'))
    required = "" if known.nullable is Answer.NO else f"{column} IS NOT NULL AND "
    if match := _RANGE.fullmatch(op.bound.strip()):
        return f"{required}{column} >= {match[1]} AND {column} < {match[2]}"
    if match := _LIST.fullmatch(op.bound.strip()):
        return f"{required}{column} = {match[1]}"
    return None
