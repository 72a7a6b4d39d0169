"""What a column needs that is kept equal to another for a while, and goes when the other takes its name.

All that hangs on the other column stays there. The new version needs what it uses by the new name meanwhile: the
privileges, and the indexes that find its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from safemigrate.rulebook.clones import Clones, holds_any, index_clone
from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.site import Step
from safemigrate.schema import Exclusion, Generation, Index, Operation, Schema, Table
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropIndex
from safemigrate.schema.privileges import given


@dataclass(frozen=True, slots=True)
class Interim:
    """*granted* stands in the transaction that adds the column, *built* follows once its rows are filled, *dropped*
    stands in the transaction in which it goes. *stuck* names what cannot serve both columns."""

    granted: Step = ()
    built: tuple[Step, ...] = ()
    dropped: Step = ()
    stuck: tuple[str, ...] = ()


def interim(before: Schema, copied: Copied, *, upserts: bool, going: Collection[str] = ()) -> Interim:
    """What the new columns need; their unique indexes are unique only where a version *upserts* on them.

    An index goes with each of its columns, so that the new version needs none that holds one which is *going*.
    """
    table = before.table(copied.table)
    assert table is not None
    lasting = [
        i
        for i in table.indexes.values()
        if {*i.columns, *i.include, *(i.where.columns if i.where else ())}.isdisjoint(going)
    ]
    found = tuple(_indexes(copied, table, lasting, upserts=upserts))
    indexes = Clones.joined(found)
    return Interim(
        granted=tuple(_granted(before, copied, table)),
        built=indexes.built,
        dropped=indexes.named,
        stuck=tuple(dict.fromkeys((*_held(copied, table), *indexes.stuck))),
    )


def unique_indexes(before: Schema, copied: Copied) -> tuple[Index, ...]:
    """The unique indexes that hold the old columns, on which an upsert may stand: those of keys among them."""
    table = before.table(copied.table)
    return tuple(i for i in (table.indexes.values() if table else ()) if i.unique and holds_any(i, copied))


def _granted(before: Schema, copied: Copied, table: Table) -> Iterator[Operation]:
    """Privileges on single columns, which no other column inherits; those on the table are on all its columns."""
    for name in (table.name, *before.partitions(table.name), *before.children(table.name)):
        for old, new in copied.columns.items():
            place = copied.table if name == table.name else name
            yield from given("TABLE", place, before.column(name, old).grants, column=new)


def _indexes(copied: Copied, table: Table, indexes: Iterable[Index], *, upserts: bool) -> Iterator[Clones]:
    for index in indexes:
        if not holds_any(index, copied) or isinstance(table.constraints.get(index.name), Exclusion):
            continue
        create = None if table.partitioned else index_clone(copied, replace(index, unique=index.unique and upserts))
        if create is None:
            yield Clones(stuck=(f"the index {quoted(index.name)}",))
        else:
            # it goes with its column; a database that ran the plain rename keeps that, and has no use for it
            gone = DropIndex(copied.table.beside(create.index.name), if_exists=True)
            yield Clones(built=((create,),), named=(gone,))


def _held(copied: Copied, table: Table) -> Iterator[str]:
    """What would not see a value that was written to the new column, or would not let it be written."""
    old = copied.columns.keys()
    if any(table.columns[each].generation in (Generation.STORED, Generation.VIRTUAL) for each in old):
        yield "the expression that it is generated from"
    if copied.said_in(table.partition_key):
        yield "the partition key"
    for trigger in table.triggers.values():
        # BEFORE triggers run before ours; what fires for one column does not for the other
        asked = trigger.named if trigger.timing == "BEFORE" else trigger.columns
        if not old.isdisjoint(asked):
            yield f"the trigger {quoted(trigger.name)}"
