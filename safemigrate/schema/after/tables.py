"""Whole tables: made, dropped, renamed, moved, attached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from safemigrate.schema import operations as o
from safemigrate.schema.after.changes import changed, made, repointed, without_views
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.after.relations import renamed_relation
from safemigrate.schema.chosen import index_name, numbered_as
from safemigrate.schema.constraints import constrained, part_of_key, relation_names, without_constraint
from safemigrate.schema.model import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    NotNullConstraint,
    PrimaryKey,
    Table,
    Unique,
)
from safemigrate.schema.name import Name
from safemigrate.schema.schema import Schema


@moved.register
def _(op: o.CreateTable, schema: Schema) -> Schema:
    name = made(op.table, schema, temporary=op.temporary)
    if op.if_not_exists and name in schema.tables:
        return schema
    # IF NOT EXISTS makes nothing where a table stands that the history never saw
    born = -1 if op.if_not_exists and schema.exists(op.table).possible and not op.temporary else schema.revision
    table = Table(
        name,
        {c.name: replace(c, born=born) for c in op.columns},
        partitioned=op.partitioned,
        partition_of=op.partition_of and schema.resolve(op.partition_of),
        temporary=op.temporary,
        unlogged=op.unlogged,
        parents=tuple(map(schema.resolve, op.parents)),
        bound=op.bound,
        partition_key=op.partition_key,
        of=op.of and schema.resolve(op.of),
        known=op.lists_all,
        born=born,
    )
    table = _with_columns_of_others(table, op, schema)
    for constraint in _merged(op.constraints):
        table = constrained(table, constraint, schema)
    return schema.with_table(table)


def _merged(constraints: Iterable[Constraint]) -> tuple[Constraint, ...]:
    """*constraints* as one CREATE TABLE makes them: of keys alike PostgreSQL makes one, the primary key or the first.

    Source: PostgreSQL 15, parse_utilcmd.c, transformIndexConstraints; a test asks a server.
    """
    kept: list[Constraint] = []
    for each in sorted(constraints, key=lambda constraint: not isinstance(constraint, PrimaryKey)):
        alike = next((at for at, other in enumerate(kept) if _are_alike(other, each)), None)
        if alike is None:
            kept.append(each)
        elif not kept[alike].name:
            # the name of the one that goes is not lost
            kept[alike] = replace(kept[alike], name=each.name)
    return tuple(kept)


def _are_alike(one: Constraint, other: Constraint) -> bool:
    """Whether a unique key does what a key before it does: its columns, and how they are compared."""
    if not isinstance(one, Unique | PrimaryKey) or not isinstance(other, Unique):
        return False
    distinct = other.nulls_distinct if isinstance(one, PrimaryKey) else one.nulls_distinct == other.nulls_distinct
    same = (one.columns, one.include, one.deferrable) == (other.columns, other.include, other.deferrable)
    return distinct and same and one.index is None and other.index is None


def _with_columns_of_others(table: Table, op: o.CreateTable, schema: Schema) -> Table:
    """The table with what PARTITION OF, INHERITS and LIKE bring, as far as it is known."""
    above = [*((op.partition_of,) if op.partition_of else ()), *op.parents]
    sources = [schema.table(name) for name in (*above, *op.like)]
    if not sources:
        return table
    known = not (op.selects or op.of) and all(source is not None and source.known for source in sources)
    columns: dict[str, Column] = {}
    for source in filter(None, sources):
        found = ((name, numbered_as(source.name, column)) for name, column in source.columns.items())
        columns |= {name: _brought(column, op, table.born) for name, column in found}
    # a column that is listed, too, is merged with that of the parent
    table = replace(table, known=known, columns=columns | dict(table.columns))
    for constraint in _brought_constraints(op, schema):
        table = constrained(table, constraint, schema)
    if op.partition_of is not None or "INDEXES" in op.including:
        table = _indexed_like(table, filter(None, sources), schema)
    return table


def _brought(column: Column, op: o.CreateTable, born: int) -> Column:
    comment = column.comment if "COMMENTS" in op.including else None
    column = replace(column, born=born, comment=comment, tuning=_brought_tuning(column, op), grants=frozenset())
    if op.like and "DEFAULTS" not in op.including and column.generation is None:
        column = replace(column, default=None)
    if op.like and not {"IDENTITY", "GENERATED", "DEFAULTS"} & op.including:
        column = replace(column, generation=None, generation_text="")
    return column


def _brought_tuning(column: Column, op: o.CreateTable) -> tuple[tuple[str, str], ...]:
    handed_on = op.including - {"STATISTICS"} if op.like else {"STORAGE", "COMPRESSION"}
    return tuple(each for each in column.tuning if each[0] in handed_on)


def _brought_constraints(op: o.CreateTable, schema: Schema) -> Iterable[Constraint]:
    if op.partition_of is not None:
        parent = schema.table(op.partition_of)
        return tuple(map(_of_partition, parent.constraints.values())) if parent else ()
    found: list[Constraint] = []
    for name in op.parents:
        parent = schema.table(name)
        found += [c for c in (parent.constraints.values() if parent else ()) if _is_inherited(c)]
    for name in op.like:
        source = schema.table(name)
        for constraint in source.constraints.values() if source else ():
            if isinstance(constraint, Check) and "CONSTRAINTS" in op.including:
                found.append(constraint)
            if isinstance(constraint, Unique | PrimaryKey) and "INDEXES" in op.including:
                found.append(replace(constraint, name=""))
    return found


def _is_inherited(constraint: Constraint) -> bool:
    return isinstance(constraint, Check | NotNullConstraint) and not constraint.no_inherit


def _of_partition(constraint: Constraint) -> Constraint:
    """A constraint as a partition gets it: one that has an index gets a name of its own."""
    if isinstance(constraint, Check | ForeignKey | NotNullConstraint):
        return constraint
    return replace(constraint, name="")


def _indexed_like(table: Table, sources: Iterable[Table], schema: Schema) -> Table:
    for source in sources:
        for index in source.indexes.values():
            if index.name not in source.constraints:
                name = index_name(table.name.name, index, relation_names(table, schema))
                table = replace(table, indexes={**table.indexes, name: replace(index, name=name)})
    return table


@moved.register
def _(op: o.DropTable, schema: Schema) -> Schema:
    return without_table(schema, schema.resolve(op.table), cascade=op.cascade)


def without_table(schema: Schema, gone: Name, *, cascade: bool) -> Schema:
    """The schema without the table and its partitions; with *cascade*, without what depends on them."""
    below = schema.partitions(gone) + (schema.children(gone) if cascade else ())
    for name in (*below, gone):
        readers = schema.views_on(name)
        schema = schema.without_table(name)
        publications = schema.publications and {
            each: replace(publication, tables=tuple(t for t in publication.tables if t != name))
            for each, publication in schema.publications.items()
        }
        schema = replace(schema, publications=publications)
        if cascade:
            schema = without_views(schema, readers)
            for table, key in schema.referencing(name):
                schema = changed(schema, table, partial(without_constraint, name=key.name))
    return schema


@moved.register
def _(op: o.RenameTable, schema: Schema) -> Schema:
    table = schema.table(op.table)
    if table is None:
        # ALTER TABLE … RENAME TO also renames indexes, views and sequences
        return renamed_relation(schema, op.table, op.new_name)
    return _under(schema, table, Name(op.new_name, table.name.schema))


@moved.register
def _(op: o.MoveTable, schema: Schema) -> Schema:
    table = schema.table(op.table)
    if table is None:
        return renamed_relation(schema, op.table, op.table.name, op.new_schema)
    return _under(schema, table, Name(table.name.name, op.new_schema))


def _under(schema: Schema, table: Table, new: Name) -> Schema:
    columns = {name: numbered_as(table.name, column) for name, column in table.columns.items()}
    moved_table = replace(table, name=new, columns=columns)
    return repointed(schema.without_table(table.name).with_table(moved_table), table.name, new)


# -- partitions and children -------------------------------------------------------------------------------------


@moved.register
def _(op: o.AttachPartition, schema: Schema) -> Schema:
    parent = schema.resolve(op.table)
    schema = changed(schema, parent, lambda table: replace(table, partitioned=True))
    above = schema.table(parent)

    def attached(table: Table) -> Table:
        table = replace(table, partition_of=parent, bound=op.bound)
        # an index that is there serves the parent's; what is missing is made
        for constraint in above.constraints.values() if above else ():
            if not _has(table, constraint):
                table = constrained(table, _of_partition(constraint), schema)
        return table

    return changed(schema, op.partition, attached)


def _has(table: Table, constraint: Constraint) -> bool:
    named = not isinstance(constraint, Unique | PrimaryKey) and constraint.name in table.constraints
    return named or part_of_key(table, constraint) is not None


@moved.register
def _(op: o.DetachPartition, schema: Schema) -> Schema:
    return changed(schema, op.partition, lambda table: replace(table, partition_of=None, bound=""))


@moved.register
def _(op: o.SetInheritance, schema: Schema) -> Schema:
    parent = schema.resolve(op.parent)

    def change(table: Table) -> Table:
        others = tuple(name for name in table.parents if name != parent)
        return replace(table, parents=(*others, parent) if op.inherits else others)

    return changed(schema, op.table, change)


# -- how rows are kept -------------------------------------------------------------------------------------------


@moved.register
def _(op: o.SetLogged, schema: Schema) -> Schema:
    return changed(schema, op.table, lambda table: replace(table, unlogged=not op.logged))


@moved.register
def _(op: o.SetReplicaIdentity, schema: Schema) -> Schema:
    identity = f"INDEX {op.index}" if op.index is not None else op.identity
    return changed(schema, op.table, lambda table: replace(table, replica_identity=identity))


@moved.register
def _(op: o.SetRowSecurity, schema: Schema) -> Schema:
    if op.action.endswith("FORCE"):
        return changed(schema, op.table, lambda table: replace(table, forced=op.action == "FORCE"))
    return changed(schema, op.table, lambda table: replace(table, row_security=op.action == "ENABLE"))


@moved.register
def _(op: o.ToggleTrigger, schema: Schema) -> Schema:
    if op.kind != "TRIGGER":
        return schema
    # ENABLE REPLICA lets it fire where changes are replayed, and nowhere else
    enabled = op.state in ("ENABLE", "ENABLE ALWAYS")

    def change(table: Table) -> Table:
        chosen = set(table.triggers) if op.name is None else {op.name}
        triggers = {n: replace(t, enabled=enabled) if n in chosen else t for n, t in table.triggers.items()}
        return replace(table, triggers=triggers)

    return changed(schema, op.table, change)
