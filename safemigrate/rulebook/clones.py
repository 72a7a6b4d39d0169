"""What hangs on columns, made anew on those that take their place.

A change that puts one column in the place of another (a rename, a change of type) has four moments. Once the rows
are filled, indexes are *built* beside traffic. Constraints are *proven*: added NOT VALID and validated, in contract
where only the equal columns let the old version obey them, or before where the new columns must be whole by then.
In the one transaction in which the old columns go, each clone is *named* like its original.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.partitioned import (
    built_and_taken_in,
    differs,
    partitions,
    placed,
    proven_on_each,
    with_its_own,
)
from safemigrate.rulebook.site import Step
from safemigrate.schema import (
    Check,
    Exclusion,
    ForeignKey,
    Generation,
    Index,
    Name,
    Operation,
    PrimaryKey,
    Schema,
    Table,
    Unique,
)
from safemigrate.schema.constraints import part_of_index, part_of_key
from safemigrate.schema.name import quoted, shortened
from safemigrate.schema.operations import (
    AddCheck,
    AddForeignKey,
    CreateIndex,
    DropConstraint,
    DropIndex,
    RenameConstraint,
    RenameIndex,
    ValidateConstraint,
)
from safemigrate.schema.remarks import said_of


@dataclass(frozen=True, slots=True)
class Clones:
    """The steps that make clones, and what has none: *stuck* names it, with its kind in front.

    *named* runs when the old columns have gone, or have given their names away, in the same transaction. Where an
    original is still there, it goes with it.
    """

    built: tuple[Step, ...] = ()
    proven: tuple[Step, ...] = ()
    named: Step = ()
    stuck: tuple[str, ...] = ()

    @classmethod
    def joined(cls, clones: Iterable[Clones]) -> Clones:
        """All of *clones* as one."""
        every = tuple(clones)
        return cls(
            built=tuple(step for each in every for step in each.built),
            proven=tuple(step for each in every for step in each.proven),
            named=tuple(op for each in every for op in each.named),
            stuck=tuple(dict.fromkeys(what for each in every for what in each.stuck)),
        )


def clones(before: Schema, copied: Copied) -> Clones:
    """The clones of everything that hangs on the old columns, which *before* knows."""
    table = before.table(copied.table)
    assert table is not None
    found = list(_on(before, copied, table))
    for partition in partitions(before, copied.table):
        own = replace(copied, table=placed(partition.name, copied.table))
        found += _on(before, own, with_its_own(before, partition))
        declared = (
            f"how {quoted(c)} is declared in {own.table}" for c in copied.columns if differs(before, partition, c)
        )
        found.append(Clones(stuck=tuple(declared)))
    return Clones.joined(found)


def _on(before: Schema, copied: Copied, table: Table) -> Iterator[Clones]:
    yield from _held(before, copied, table)
    yield from _indexes(before, copied, table)
    yield from _constraints(before, copied, table)


def _indexes(before: Schema, copied: Copied, table: Table) -> Iterator[Clones]:
    for index in table.indexes.values():
        if index.name in table.constraints or not holds_any(index, copied):
            continue
        create = None if index.unique else index_clone(copied, index)
        if create is None:
            yield Clones(stuck=(f"the index {quoted(index.name)}",))
            continue
        original, clone = copied.table.beside(index.name), copied.table.beside(create.index.name)
        built, named = (
            _on_partitions(before, copied, table, index, create) if table.partitioned else (((create,),), ())
        )
        yield Clones(
            built=built,
            # the old one goes with its column; a database that ran the change as it was written still has it
            named=(
                DropIndex(original, if_exists=True),
                RenameIndex(clone, index.name),
                *said_of(table, "INDEX", index.name),
                *named,
            ),
        )


def _on_partitions(
    before: Schema, copied: Copied, table: Table, index: Index, create: CreateIndex
) -> tuple[tuple[Step, ...], Step]:
    """The steps that build the clone of a partitioned index, and the parts of it named like those of the original."""

    def original(partition: Table) -> str:
        found = part_of_index(partition, index)
        return found.name if found is not None else shortened(f"{partition.name.name}_{index.name}")

    def called(partition: Table) -> str:
        return copied.beside(original(partition), *_texts(index))

    named: list[Operation] = []
    for partition in partitions(before, table.name):
        clone = placed(partition.name, copied.table).beside(called(partition))
        named += [RenameIndex(clone, original(partition)), *said_of(partition, "INDEX", original(partition))]
    return built_and_taken_in(before, create, called), tuple(named)


def index_clone(copied: Copied, index: Index) -> CreateIndex | None:
    """The index over the new columns, under a name of its own and built beside traffic; None where nobody can say how
    it reads there."""
    elements = tuple(map(copied.worded, index.elements))
    where = copied.expressed(index.where) if index.where else None
    if None in elements or (where is None and index.where is not None) or not index.valid:
        return None
    name = copied.beside(index.name, *_texts(index))
    built = replace(
        index,
        name=name,
        elements=tuple(element or "" for element in elements),
        columns=copied.swapped(index.columns),
        include=copied.swapped(index.include),
        where=where,
    )
    return CreateIndex(copied.table, built, concurrently=True)


def _constraints(before: Schema, copied: Copied, table: Table) -> Iterator[Clones]:
    for constraint in table.constraints.values():
        if not isinstance(constraint, Check | ForeignKey) or not _binds(constraint, copied):
            continue
        clone = _constraint_clone(before, copied, constraint) if constraint.enforced else None
        if clone is None:
            yield Clones(stuck=(f"the constraint {quoted(constraint.name)}",))
        else:
            yield replace(clone, named=(*clone.named, *said_of(table, "CONSTRAINT", constraint.name)))


def _constraint_clone(before: Schema, copied: Copied, constraint: Check | ForeignKey) -> Clones | None:
    """Until it is added the old one holds for both, as the columns are equal."""
    table, name = copied.table, copied.beside(constraint.name, *_texts(constraint))
    known = before.table(table)
    partitioned = known is not None and known.partitioned
    add: AddCheck | AddForeignKey
    if isinstance(constraint, Check):
        expression = copied.expressed(constraint.expression)
        if expression is None:
            return None
        add = AddCheck(table, replace(constraint, name=name, expression=expression, valid=False))
    elif copied.said_in(constraint.actions):
        # ON DELETE SET NULL (column)
        return None
    else:
        columns, referenced = copied.swapped(constraint.columns), constraint.referenced_columns
        if constraint.referenced == table:
            referenced = copied.swapped(referenced)
        key = replace(constraint, name=name, columns=columns, referenced_columns=referenced)
        if partitioned:
            return _key_on_partitions(before, copied, constraint, key) if constraint.valid else None
        add = AddForeignKey(table, replace(key, valid=False))
    validate: tuple[Step, ...] = ((ValidateConstraint(table, name),),) if constraint.valid else ()
    return Clones(proven=((add,), *validate), named=_named_like(table, name, constraint.name))


def _named_like(table: Name, clone: str, original: str) -> Step:
    return (DropConstraint(table, original, if_exists=True), RenameConstraint(table, clone, original))


def _key_on_partitions(before: Schema, copied: Copied, original: ForeignKey, clone: ForeignKey) -> Clones:
    """The parts of a foreign key have names of their own, which a change of its name leaves as they are."""
    named = _named_like(copied.table, clone.name, original.name)
    for partition in partitions(before, copied.table):
        part = part_of_key(partition, original)
        table = placed(partition.name, copied.table)
        named = (*named, RenameConstraint(table, clone.name, part.name if part is not None else original.name))
    return Clones(proven=tuple(proven_on_each(before, copied.table, clone)), named=named)


def _held(before: Schema, copied: Copied, table: Table) -> Iterator[Clones]:
    """What has no clone and may name the columns. Text that holds the name of one counts."""
    holders = (
        *_generations(copied, table),
        *_keys(before, copied, table),
        *_dependents(copied, table),
        *(f"the view {view.name}" for old in copied.columns for view in before.views_on(copied.table, old)),
        *(
            f"the trigger {quoted(t.name)}"
            for t in table.triggers.values()
            if not copied.columns.keys().isdisjoint(t.columns)
        ),
    )
    yield Clones(stuck=holders)


def _generations(copied: Copied, table: Table) -> Iterator[str]:
    for old in copied.columns:
        column = table.columns[old]
        if column.generation in (Generation.STORED, Generation.VIRTUAL):
            yield "the expression that it is generated from"
        elif column.generation is not None:
            yield "the sequence that numbers it"
        elif column.default is not None and "nextval(" in column.default.text:
            yield "the sequence of its default"


def _keys(before: Schema, copied: Copied, table: Table) -> Iterator[str]:
    """The keys over the columns, their own and those of tables that refer to them.

    Two unique indexes over equal columns would let an upsert of either version fail: its ON CONFLICT names one of
    them, and a row that another session inserts at the same time may be met in the other.
    """
    for constraint in table.constraints.values():
        if isinstance(constraint, Unique | PrimaryKey) and not copied.columns.keys().isdisjoint(constraint.columns):
            yield f"the constraint {quoted(constraint.name)}"
    for other, foreign in before.referencing(copied.table):
        if not copied.columns.keys().isdisjoint(foreign.referenced_columns) and not before.same(other, copied.table):
            yield f"the foreign key {quoted(foreign.name)} of {other}"


def _dependents(copied: Copied, table: Table) -> Iterator[str]:
    for constraint in table.constraints.values():
        if isinstance(constraint, Exclusion) and copied.said_in(constraint.text):
            yield f"the constraint {quoted(constraint.name)}"
    for column in table.columns.values():
        computed = column.name not in copied.columns and column.generation is not None
        if computed and copied.said_in(column.generation_text):
            yield f"the generated column {quoted(column.name)}"
    if copied.said_in(table.partition_key):
        yield "the partition key"


def holds_any(index: Index, copied: Copied) -> bool:
    """Whether the index may name an old column."""
    named = {*index.columns, *index.include}
    return not named.isdisjoint(copied.columns) or copied.said_in(*_texts(index))


def _binds(constraint: Check | ForeignKey, copied: Copied) -> bool:
    if isinstance(constraint, ForeignKey):
        return not copied.columns.keys().isdisjoint(constraint.columns)
    expression = constraint.expression
    return not copied.columns.keys().isdisjoint(expression.columns) or copied.said_in(expression.text)


def _texts(thing: Index | Check | ForeignKey) -> tuple[str, ...]:
    """The words in which it names columns."""
    match thing:
        case Index():
            return (*thing.columns, *thing.include, *thing.elements, thing.where.text if thing.where else "")
        case Check():
            return (*thing.expression.columns, thing.expression.text)
        case ForeignKey():
            return thing.columns
