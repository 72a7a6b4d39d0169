"""change-column-type: see change_column_type.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split, Step
from safemigrate.rulebook.readers import readers
from safemigrate.rulebook.retyped import below, retyped
from safemigrate.rulebook.retyping import Loss, is_taken, loss, same_to_a_driver, unlike
from safemigrate.schema import Answer, Check, Generation, Name, Operation, Type, Work
from safemigrate.schema.chosen import sequence_of
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddCheck, AlterObject, ChangeType, DropConstraint, ValidateConstraint

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})
INTEGERS = ("smallint", "integer", "bigint")


def check(site: Site) -> Iterable[Hit]:
    """The rows and indexes written anew, the values that the old version did not expect, and what refuses."""
    op = _operation(site)
    if site.is_new(op.table):
        return
    hits = [*_refused_by_postgresql(site, op), *_work(site, op), *_lost(site, op), *_old_version(site, op)]
    certain = [hit for hit in hits if hit.certain]
    if certain:
        together = frozenset(hazard for hit in certain for hazard in hit.hazards)
        yield Hit(together, message=" ".join(hit.message for hit in certain))
    yield from (hit for hit in hits if not hit.certain)


def split(site: Site) -> Split | Refusal | None:
    """A check that would be read anew steps aside; the rest is filled beside the column and takes its place."""
    op = _operation(site)
    if any(_lost(site, op)) and not site.is_new(op.table):
        return Refusal(
            f"USING reads nothing of {quoted(op.column)}, so no row could keep its value.",
            "Add a column for what is new, and drop this one when no version reads it any more.",
        )
    work = site.footprint().work
    if _old_type(site) is not None and work is Work.SCAN and not any(_old_version(site, op)):
        return _check_aside(site, op)
    return retyped(site)


def _work(site: Site, op: ChangeType) -> Iterator[Hit]:
    column = f"{op.table}.{quoted(op.column)}"
    match site.footprint().work:
        case Work.REWRITE:
            unknown = _old_type(site) is None
            why = (
                f"Which type {column} had is not known; unless the two are one on disk, every" if unknown else "Every"
            )
            yield Hit(
                frozenset({Hazard.REWRITES_TABLE}),
                message=f"{why} row of {op.table} and all its indexes are written anew under a lock that stops reads "
                "and writes.",
            )
        case Work.INDEX_BUILD:
            yield Hit(
                BLOCKS, message=f"The indexes over {column} are built anew under a lock that stops reads and writes."
            )
        case Work.SCAN:
            yield Hit(
                BLOCKS,
                message=f"Every row of {op.table} is read to check the constraints over {quoted(op.column)}, under a "
                "lock that stops reads and writes.",
            )


def _lost(site: Site, op: ChangeType) -> Iterator[Hit]:
    """What USING reads nothing of is gone."""
    if op.using is not None and not op.using.columns and not site.before.is_new_column(op.table, op.column):
        yield Hit(
            frozenset({Hazard.LOSES_DATA}),
            message=f"USING {op.using.text} reads nothing of {op.table}.{quoted(op.column)}, so its values are gone.",
        )


def _old_version(site: Site, op: ChangeType) -> Iterator[Hit]:
    """What the old version's driver does not expect."""
    old, column = _old_type(site), f"{op.table}.{quoted(op.column)}"
    if site.before.is_new_column(op.table, op.column) or old == op.type:
        return
    if old is None:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"Which type {column} had is not known: the old version may send and expect another.",
        )
    elif not same_to_a_driver(below(site.before, old), below(site.before, op.type)):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"The old version sends and expects {old.sql()} for {column}, and gets {op.type.sql()}.",
        )
    elif difference := unlike(below(site.before, old), below(site.before, op.type)):
        yield Hit(frozenset({Hazard.BREAKS_OLD}), certain=False, message=f"{column}: {difference}")
    elif old.name in INTEGERS and loss(old, op.type) is Loss.NONE and old.name != op.type.name:
        yield Hit(
            frozenset({Hazard.SURPRISES_OLD}),
            message=f"The new version may write to {column} what does not fit the {old.name} of the old one."
            + _sequence_stays(site, op, old),
        )


def _sequence_stays(site: Site, op: ChangeType, old: Type) -> str:
    """What to do beside it for the sequence of a serial, which keeps its type; that of an identity goes along."""
    column = site.before.column(op.table, op.column)
    if column.generation is not Generation.SERIAL:
        return ""
    sequence = sequence_of(op.table, column)
    if any(_names(placed.operation, sequence) for placed in site.run.operations):
        return ""
    return (
        f" The sequence {sequence} stays {old.name} and ends where it did: add ALTER SEQUENCE {sequence} "
        f"AS {op.type.name}."
    )


def _names(op: Operation, sequence: Name) -> bool:
    return isinstance(op, AlterObject) and op.kind == "SEQUENCE" and op.name.name == sequence.name


def _refused_by_postgresql(site: Site, op: ChangeType) -> Iterator[Hit]:
    old = _old_type(site)
    if old is not None and op.using is None and is_taken(old, op.type) is Answer.NO:
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"PostgreSQL does not turn {old.sql()} into {op.type.sql()} by itself: say how, USING …",
        )
    for reader, certain in readers(site.before, op.table, op.column):
        yield Hit(
            frozenset({Hazard.FAILS}),
            certain=certain,
            message=f"PostgreSQL refuses it while {reader} reads {quoted(op.column)}: drop that before, and make it "
            "again in the same transaction.",
        )
        return


def _check_aside(site: Site, op: ChangeType) -> Split:
    """The checks over the column leave and come back NOT VALID in the same transaction, and are read afterwards."""
    table = site.before.table(op.table)
    checks = [
        c
        for c in (table.constraints.values() if table else ())
        if isinstance(c, Check) and c.valid and op.column in c.expression.columns
    ]
    away: Step = tuple(DropConstraint(op.table, c.name) for c in checks)
    back: Step = tuple(AddCheck(op.table, replace(c, valid=False)) for c in checks)
    return Split(
        consumes=frozenset({site.position}),
        change=f"makes {op.table}.{quoted(op.column)} {op.type.sql()}",
        expand=((*away, op, *back), *((ValidateConstraint(op.table, c.name),) for c in checks)),
    )


def _old_type(site: Site) -> Type | None:
    """The type that the column had, None where that or the new one is not known."""
    op = _operation(site)
    type_ = site.before.column(op.table, op.column).type
    return type_ if type_ is not None and type_.certain and op.type.certain else None


def _operation(site: Site) -> ChangeType:
    assert isinstance(site.operation, ChangeType)
    return site.operation
