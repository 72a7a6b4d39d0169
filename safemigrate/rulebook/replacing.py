"""Indexes that are dropped for another: the new one is built first, and the old one goes when nobody uses it."""

from __future__ import annotations

from dataclasses import replace

from safemigrate.rulebook.reach import made_name, unique_refuses
from safemigrate.rulebook.site import Run, Split, Step
from safemigrate.schema import Index, Name, Table
from safemigrate.schema.name import shortened
from safemigrate.schema.operations import CreateIndex, DropIndex, RenameIndex


def replacement(run: Run, position: int) -> int | None:
    """Where the revision makes an index in place of the one dropped: of the same name, or led by the same column."""
    placed = run.operations[position]
    op = placed.operation
    assert isinstance(op, DropIndex)
    table = placed.before.index_table(op.index)
    for later, other in enumerate(run.operations):
        created = other.operation
        if later <= position or not isinstance(created, CreateIndex):
            continue
        named_alike = created.index.name == op.index.name
        if table is None:
            if named_alike:
                return later
        elif other.before.same(created.table, table.name) and (named_alike or _leads(table, op, created.index)):
            return later
    return None


def replaced(run: Run, position: int, later: int) -> Split | None:
    """The new index under the old one's eyes; None where it cannot be built concurrently."""
    dropped, created = run.operations[position].operation, run.operations[later].operation
    assert isinstance(dropped, DropIndex)
    assert isinstance(created, CreateIndex)
    table = run.operations[later].before.table(created.table)
    if dropped.cascade or created.only or (table is not None and table.partitioned):
        return None
    name = created.index.name or made_name(run.operations[later], created.table)
    taken = name == dropped.index.name
    index = replace(created.index, name=shortened(f"{name}_new") if taken else name)
    build: Step = (replace(created, index=index, concurrently=True, if_not_exists=False),)
    away: list[Step] = [(replace(dropped, concurrently=True),)]
    there: list[Step] = []
    if taken:
        away.append((RenameIndex(_beside(table, created.table, index.name), name),))
        # a database that had run the authored revision has the index by its last name only, which goes
        there.append((replace(created, index=index, concurrently=True, if_not_exists=True),))
    split = Split(
        consumes=frozenset({position, later}),
        place=later,
        change=f"replaces the index {dropped.index} by another",
        expand=(build,),
        contract=(*there, *away),
        proof=f"No running version needs {dropped.index}: the index that replaces it is valid.",
    )
    if index.unique and unique_refuses(run, later, created.table, index):
        deploy = f"the version that writes no duplicates of ({', '.join(index.elements)}) to {created.table}"
        return replace(split, expand=(), contract=(build, *away), deploy=deploy)
    return split


def is_made_again(run: Run, position: int) -> bool:
    """Whether the revision takes the name of the index dropped at *position* for something else."""
    op = run.operations[position].operation
    assert isinstance(op, DropIndex)
    later = run.operations[position + 1 :]
    return any(
        op.index.name in (*table.indexes, *table.constraints)
        for placed in later[-1:]
        for table in placed.after.tables.values()
        if op.index.schema in (None, table.name.schema)
    )


def _leads(table: Table, dropped: DropIndex, created: Index) -> bool:
    index = table.indexes[dropped.index.name]
    return bool(index.elements) and index.elements[0].split() == created.elements[0].split()


def _beside(table: Table | None, written: Name, name: str) -> Name:
    """The index by its name, with the schema where the table was written with one."""
    return Name(name, table.name.schema if table is not None and written.schema else written.schema)
