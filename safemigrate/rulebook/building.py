"""Indexes that are built while rows are written, and the keys that stand on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from safemigrate.rulebook.keys import needed_by, told
from safemigrate.rulebook.partitioned import built_on_each, partitions
from safemigrate.rulebook.reach import index_of, made_name, unique_refuses
from safemigrate.rulebook.repairs import left_unrepaired
from safemigrate.rulebook.site import Placed, Refusal, Run, Site, Split, Step
from safemigrate.schema import Constraint, ForeignKey, Index, Name, PrimaryKey, Schema, Table, Unique, remarks
from safemigrate.schema.chosen import index_name
from safemigrate.schema.name import quoted, quoted_all, shortened
from safemigrate.schema.operations import (
    AddColumn,
    AddConstraint,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    CreateTable,
    DropConstraint,
    DropNotNull,
    Operation,
    SetNotNull,
)


def built_concurrently(site: Site) -> Split | Refusal:
    """The index of a CREATE INDEX, built while rows are written; in contract where it refuses the old version's."""
    op = site.operation
    assert isinstance(op, CreateIndex)
    table = site.before.table(op.table)
    if table is not None and table.partitioned:
        attached = _attached_one_by_one(site, table)
        if attached is not None:
            return attached
        return Refusal(
            f"{op.table} is partitioned, and a partitioned index cannot be built concurrently.",
            f"Make it ON ONLY {op.table} first, which is instant and leaves it invalid; then one index CONCURRENTLY "
            "on each partition, and ALTER INDEX … ATTACH PARTITION. The last one attached makes it valid.",
        )
    # a named index can be looked for when a build has failed
    index = replace(op.index, name=op.index.name or made_name(site.operations[0], op.table))
    safe = replace(op, index=index, concurrently=True, if_not_exists=False, only=False)
    change = f"creates the index {quoted(index.name)} on {op.table}"
    if index.unique and unique_refuses(site.run, site.position, op.table, index):
        keys = _keys_on(site.run, op.table, index.name)
        steps: tuple[Step, ...] = ((safe,), *((key,) for key in keys.values()))
        split = Split(frozenset({site.position, *keys}), change=change, expand=steps)
        return when_old_is_gone(site, split, op.table, index.columns)
    return Split(frozenset({site.position}), change=change, expand=((safe,),))


def _attached_one_by_one(site: Site, table: Table) -> Split | None:
    """The index of a partitioned table, built on each partition beside traffic; None where not all are known."""
    op = site.operation
    assert isinstance(op, CreateIndex)
    # with a partition that no revision made, an index that should be unique would not be valid, and refuse nothing
    if not table.known or not partitions(site.before, op.table) or op.index.unique:
        return None
    name = op.index.name or made_name(site.operations[0], op.table)
    index = replace(op.index, name="")

    def called(part: Table) -> str:
        return index_name(part.name.name, index, {*part.indexes, *part.constraints}.__contains__)

    return Split(
        consumes=frozenset({site.position}),
        change=f"creates the index {quoted(name)} on {op.table}",
        expand=built_on_each(site.before, replace(op, index=replace(index, name=name)), called),
    )


def key_on_index(site: Site, before: tuple[Step, ...] = ()) -> Split | Refusal:
    """The key that the operation adds, on an index built beside it; *before* is what has to be done first."""
    op = site.operation
    assert isinstance(op, AddUnique | AddPrimaryKey)
    key, table = op.constraint, site.before.table(op.table)
    name = made_name(site.operations[0], op.table)
    if table is not None and table.partitioned:
        return Refusal(
            f"{op.table} is partitioned: its index cannot be built concurrently, and no key takes one that is there.",
            f"Build a unique index CONCURRENTLY on each partition, make one ON ONLY {op.table}, and ATTACH them.",
        )
    if key.without_overlaps:
        return Refusal(
            f"{quoted(name)} forbids overlaps, and PostgreSQL builds such an index under its exclusive lock only.",
            "Add it while the table is small or nobody works, or copy the rows into a new table that has it.",
        )
    steps = before
    if key.index is None:
        steps = (*steps, (CreateIndex(op.table, _index_beside(key, name), concurrently=True),))
    standing: Operation = _standing(op, name, name)
    return Split(
        frozenset({site.position}), change=f"adds the key {quoted(name)} to {op.table}", expand=(*steps, (standing,))
    )


def dropped_key(site: Site) -> int | None:
    """Where the revision drops the key whose place the added one takes: of its name, or the primary key.

    What the history never made is a primary key by its name, or holds the name that the new one needs.
    """
    op = site.operation
    assert isinstance(op, AddUnique | AddPrimaryKey)
    name = made_name(site.operations[0], op.table)
    for position, placed in enumerate(site.run.operations[: site.position]):
        other = placed.operation
        if not isinstance(other, DropConstraint) or not placed.before.same(other.table, op.table):
            continue
        kind = _kind_dropped(placed)
        if kind is PrimaryKey and isinstance(op, AddPrimaryKey):
            return position
        if kind in (Unique, PrimaryKey) and other.name == name:
            return position
    return None


def exchanged_key(site: Site, position: int, before: tuple[Step, ...] = ()) -> Split | Refusal:
    """The key that the operation adds in the place of the one dropped at *position*; *before* begins contract.

    The old version upserts on the one, so they change places when it is gone; the index of the new one is there
    before, unless the old version may write what it refuses.
    """
    op, dropped = site.operation, site.run.operations[position]
    assert isinstance(op, AddUnique | AddPrimaryKey)
    assert isinstance(dropped.operation, DropConstraint)
    answer = key_on_index(site)
    if isinstance(answer, Refusal):
        return answer
    old, name = _dropped(dropped), made_name(site.operations[0], op.table)
    assert old is None or isinstance(old, Unique | PrimaryKey)
    needed = needed_by(dropped.before, op.table, index_of(old)) if old is not None else ()
    if needed:
        child, key = needed[0]
        return Refusal(
            f"{quoted(key.name)} of {child} refers to the key {quoted(dropped.operation.name)} of {op.table}.",
            f"Point {quoted(key.name)} at another unique key in a release before.",
        )
    meanwhile = op.constraint.index or (shortened(f"{name}_new") if name == dropped.operation.name else name)
    build: tuple[Step, ...] = ()
    if op.constraint.index is None:
        build = ((CreateIndex(op.table, _index_beside(op.constraint, meanwhile), concurrently=True),),)
    early = not unique_refuses(site.run, site.position, op.table, index_of(op.constraint))
    made = _standing(op, name, meanwhile)
    columns = quoted_all(old.columns) if old is not None else f"the key {quoted(dropped.operation.name)}"
    return Split(
        consumes=frozenset({site.position, position}),
        place=site.position,
        change=f"gives {op.table} the key {quoted(name)} in the place of {quoted(dropped.operation.name)}",
        expand=build if early else (),
        contract=(
            *before,
            *(_there(step) for step in build if early),
            *(() if early else build),
            (dropped.operation, made),
        ),
        proof=f"No running version upserts on {columns} of {op.table}, and no two of its rows agree in the new key.",
        deploy=f"the version that upserts on {columns} of {op.table} no more, and writes no two rows yet that agree "
        "in them",
        contract_undo=exchanged_back(dropped, made, proofs=before, built=build if early else ()),
    )


def _there(step: Step) -> Step:
    """The index of *step*, where no expand part built it: a database may have run the authored revision."""
    return tuple(replace(op, if_not_exists=True) if isinstance(op, CreateIndex) else op for op in step)


def _dropped(placed: Placed) -> Constraint | None:
    op = placed.operation
    assert isinstance(op, DropConstraint)
    table = placed.before.table(op.table)
    return table.constraints.get(op.name) if table is not None else None


def _kind_dropped(placed: Placed) -> type[Constraint] | None:
    """Of which kind the constraint is: what the history never made is told by its name. None where there is none."""
    op, old = placed.operation, _dropped(placed)
    assert isinstance(op, DropConstraint)
    table = placed.before.table(op.table)
    if old is not None:
        return type(old)
    return None if table is not None and table.known else told(op.name)


def exchanged_back(
    dropped: Placed, made: Operation, *, proofs: Iterable[Step] = (), built: tuple[Step, ...] = ()
) -> tuple[Step, ...] | None:
    """What undoes the exchange of the key *dropped* for the one *made*, and the *proofs* that no NULL is there.

    The index of the old key is built beside traffic, and *built*, which expand had left and the new key took; then
    the two change places. None where nobody knows the old key, or its index can be built under a lock only.
    """
    old = _dropped(dropped)
    assert isinstance(made, AddUnique | AddPrimaryKey)
    if not isinstance(old, Unique | PrimaryKey) or old.without_overlaps:
        return None
    table = dropped.before.table(made.table)
    assert table is not None
    index = _index_beside(old, shortened(f"{old.name}_old"))
    taken = table.indexes.get(made.constraint.index or "")
    if taken is not None:
        # the author's own, which the new key took
        built = ((CreateIndex(made.table, taken, concurrently=True),),)
    restored = replace(old, index=index.name, storage="")
    relaxed = (DropNotNull(op.table, op.column) for step in proofs for op in step if isinstance(op, SetNotNull))
    swap = (
        DropConstraint(made.table, made.constraint.name or made.constraint.index or ""),
        AddUnique(made.table, restored) if isinstance(restored, Unique) else AddPrimaryKey(made.table, restored),
        *relaxed,
        *remarks.said_of(table, "CONSTRAINT", old.name),
    )
    return ((CreateIndex(made.table, index, concurrently=True),), *built, swap)


def _index_beside(key: Unique | PrimaryKey, name: str) -> Index:
    """The index of *key* under a name of its own, for the key to take."""
    options = key.storage.replace("USING INDEX TABLESPACE", "TABLESPACE")
    return replace(index_of(key), name=name, include=key.include, options=options)


def when_old_is_gone(site: Site, split: Split, table: Name, columns: tuple[str, ...]) -> Split | Refusal:
    """The steps of *split* in contract: they refuse duplicates of *columns*, which the old version may write."""
    names = ", ".join(map(quoted, columns)) or "the index"
    needed = next(_referring(site.run, site.position, table, columns), None)
    if needed is not None:
        return Refusal(
            f"The old version may write duplicates of {names} to {table}, so the key waits for contract, and the "
            f"revision goes on to refer to it: {needed.sql()}.",
            "Release twice: first a version that writes no duplicates, then the key and what refers to it.",
        )
    return replace(
        split,
        expand=(),
        contract=split.expand,
        proof=f"No two rows of {table} agree in {names}, and no running version writes such rows."
        + left_unrepaired(site.run, site.position, table, columns),
        deploy=f"the version that writes no duplicates of {names} to {table}, and does not need the key yet",
    )


def _standing(op: AddUnique | AddPrimaryKey, name: str, index: str) -> Operation:
    """The key USING the index, unless the author chose one."""
    if op.constraint.index is not None:
        return op
    if isinstance(op, AddUnique):
        return replace(op, constraint=replace(op.constraint, name=name, index=index, storage=""))
    return replace(op, constraint=replace(op.constraint, name=name, index=index, storage=""))


def _keys_on(run: Run, table: Name, index: str) -> dict[int, AddConstraint]:
    """The keys that the revision makes USING INDEX of the index."""
    return {
        i: placed.operation
        for i, placed in enumerate(run.operations)
        if isinstance(placed.operation, AddUnique | AddPrimaryKey)
        and placed.operation.constraint.index == index
        and placed.before.same(placed.operation.table, table)
    }


def _referring(run: Run, position: int, table: Name, columns: tuple[str, ...]) -> Iterator[Operation]:
    """What the revision makes later that refers to the columns, which must be a key by then."""
    return (
        placed.operation
        for placed in run.operations[position + 1 :]
        for key in _foreign_keys(placed.operation)
        if placed.before.same(key.referenced, table) and _names(key, columns, placed.before)
    )


def _foreign_keys(op: Operation) -> tuple[ForeignKey, ...]:
    match op:
        case AddConstraint(constraint=ForeignKey() as key):
            return (key,)
        case AddColumn() | CreateTable():
            return tuple(c for c in op.constraints if isinstance(c, ForeignKey))
        case _:
            return ()


def _names(key: ForeignKey, columns: tuple[str, ...], schema: Schema) -> bool:
    known = schema.table(key.referenced)
    return set(key.referenced_columns or (known.primary_key if known else ())) == set(columns)
