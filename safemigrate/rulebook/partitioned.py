"""What a partitioned table gets, made on each of its partitions beside traffic and then taken in by the table itself.

PostgreSQL builds no index of a partitioned table CONCURRENTLY, gives it no key USING an index, and before 18 takes no
foreign key NOT VALID there. Each partition takes all of them, and what a partition has already the table takes in at
once. Of partitions that no revision made nothing is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from safemigrate.rulebook.site import Step
from safemigrate.schema import ForeignKey, Name, Schema, Table
from safemigrate.schema.constraints import alike, part_of_key
from safemigrate.schema.operations import (
    AddForeignKey,
    AttachIndex,
    CreateIndex,
    DropConstraint,
    DropIndex,
    ValidateConstraint,
)

#: how the index of a partition is called
Called = Callable[[Table], str]


def partitions(schema: Schema, table: Name) -> tuple[Table, ...]:
    """The partitions of *table* that are known, each behind the one that it is a part of."""
    return tuple(found for name in schema.partitions(table) if (found := schema.table(name)) is not None)


def with_its_own(schema: Schema, partition: Table) -> Table:
    """The partition with those of its constraints, indexes and triggers only that are no parts of its parent's."""
    assert partition.partition_of is not None
    above = schema.table(partition.partition_of)
    assert above is not None
    parts = {alike(index) for index in above.indexes.values()}
    keys = {id(part_of_key(partition, key)) for key in above.constraints.values()}
    return replace(
        partition,
        constraints={
            n: c for n, c in partition.constraints.items() if id(c) not in keys and n not in above.constraints
        },
        indexes={n: i for n, i in partition.indexes.items() if alike(i) not in parts},
        triggers={n: t for n, t in partition.triggers.items() if n not in above.triggers},
    )


def differs(schema: Schema, partition: Table, column: str) -> bool:
    """Whether a column of a partition has anything that the one of its parent does not hand on."""
    assert partition.partition_of is not None
    own, above = partition.columns[column], schema.column(partition.partition_of, column)
    said = own.comment is not None or own.grants or not {*own.tuning} <= {*above.tuning}
    return bool(said) or (own.default, own.nullable, own.generation) != (
        above.default,
        above.nullable,
        above.generation,
    )


def built_on_each(schema: Schema, create: CreateIndex, called: Called) -> tuple[Step, ...]:
    """The index of *create*, whose table is partitioned, built on each partition beside traffic.

    Made on the table alone it is instant and not valid; the last index that is attached makes it so. A partition that
    is made later has it from the start.
    """
    whole = replace(create, only=True, concurrently=False, if_not_exists=False)
    return ((whole,), *_attached(schema, whole, called))


def built_and_taken_in(schema: Schema, create: CreateIndex, called: Called) -> tuple[Step, ...]:
    """As *built_on_each*, but the table takes in what is there when all is built: a partition that no revision made
    gets its part then, while writes wait, and is never left without."""
    parts = partitions(schema, create.table)
    made = [
        CreateIndex(placed(part.name, create.table), replace(create.index, name=called(part)), not part.partitioned)
        for part in parts
    ]
    whole = replace(create, concurrently=False)
    # where this runs a second time, what hangs on the whole could not be dropped for itself
    gone = tuple(
        DropIndex(op.table.beside(op.index.name), if_exists=True) for op in (whole, *made) if not op.concurrently
    )
    return (gone, *((op,) for op in reversed(made)), (whole,))


def _attached(schema: Schema, whole: CreateIndex, called: Called) -> Iterator[Step]:
    """The parts of the index *whole*. One that has parts itself joins when it is valid: to become so later it would
    take an exclusive lock on all that it is a part of."""
    above = schema.resolve(whole.table)
    for part in (each for each in partitions(schema, above) if each.partition_of == above):
        table = placed(part.name, whole.table)
        index = replace(whole.index, name=called(part))
        build = CreateIndex(table, index, concurrently=not part.partitioned, only=part.partitioned)
        yield (build,)
        yield from _attached(schema, build, called)
        yield (AttachIndex(whole.table.beside(whole.index.name), table.beside(index.name)),)


def proven_on_each(schema: Schema, table: Name, key: ForeignKey) -> Iterator[Step]:
    """The foreign key of a partitioned table, proved on each partition beside traffic and taken in from the bottom.

    It has the same name on all of them.
    """
    parts = partitions(schema, table)
    # where this runs a second time, what hangs on the whole could not be dropped for itself
    wholes = (table, *(placed(part.name, table) for part in parts if part.partitioned))
    yield tuple(DropConstraint(whole, key.name, if_exists=True) for whole in wholes)
    for part in reversed(parts):
        where = placed(part.name, table)
        yield (AddForeignKey(where, replace(key, valid=part.partitioned)),)
        if not part.partitioned:
            yield (ValidateConstraint(where, key.name),)
    yield (AddForeignKey(table, replace(key, valid=True)),)


def placed(partition: Name, table: Name) -> Name:
    """The partition as one would write it beside *table*, which may be written without its schema."""
    return partition if table.schema is not None else Name(partition.name)
