"""Objects that are no tables: whether a running version knows them, and what is left of them."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook.net import begun, left, named_here
from safemigrate.rulebook.site import Site
from safemigrate.schema import Column, EnumType, Generation, Name, Schema, Table, Type
from safemigrate.schema.chosen import sequence_of
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import CreateObject, MoveObject, RenameObject, RenameType

# what one word of DROP may find under another
_FOUND_AS = {
    "ROUTINE": ("FUNCTION", "PROCEDURE", "AGGREGATE"),
    "TYPE": ("TYPE", "DOMAIN"),
}


def born(schema: Schema, kind: str, name: Name) -> int | None:
    """The revision (Schema.revision) that made the object, None where the history made none of that name."""
    resolved = schema.resolve(name)
    enum = schema.enums.get(resolved)
    if kind in ("TYPE", "DOMAIN") and enum is not None:
        return enum.born
    kinds = _FOUND_AS.get(kind, (kind,))
    return next((schema.objects[found, resolved] for found in kinds if (found, resolved) in schema.objects), None)


def is_new(schema: Schema, kind: str, name: Name) -> bool:
    """Whether the current revision made the object."""
    return born(schema, kind, name) == schema.revision


def is_known(site: Site, kind: str, name: Name, *, if_exists: bool = False) -> bool:
    """Whether a running version may know the object by that name.

    Not if the revision made it or gave it the name, nor if IF EXISTS finds nothing for certain.
    """
    if is_new(site.before, kind, name) or _named_here(site, name) or _replaced_here(site, kind, name):
        return False
    return not (if_exists and site.before.complete and born(site.before, kind, name) is None)


def is_table_known(site: Site, table: Name, *, if_exists: bool = False) -> bool:
    """Whether a running version may know a table by that name, or a view, which ALTER TABLE renames and moves, too.

    Not what the revision made or named, an index, or what is certain to be absent.
    """
    before = site.before
    known = before.table(table)
    if known is None and (
        before.index_table(table) is not None
        or any(is_new(before, kind, table) for kind in ("VIEW", "MATERIALIZED VIEW", "SEQUENCE"))
    ):
        return False
    if before.is_new(table) or named_here(site, table):
        return False
    return not if_exists or before.exists(table).possible or before.view(table) is not None


def _replaced_here(site: Site, kind: str, name: Name) -> bool:
    """Whether the revision itself makes it OR REPLACE, and no revision before did: the helper of one migration."""
    if born(begun(site), kind, name) is not None:
        return False
    kinds = _FOUND_AS.get(kind, (kind,))
    return any(
        isinstance(op := placed.operation, CreateObject)
        and op.or_replace
        and op.kind in kinds
        and placed.before.same(op.name, name)
        for placed in site.run.operations[: site.position]
    )


def _named_here(site: Site, name: Name) -> bool:
    for placed in site.run.operations[: site.position]:
        op = placed.operation
        match op:
            case RenameType(new_name=new) | RenameObject(new_name=new) if new == name.name:
                return True
            case MoveObject(new_schema=schema) if Name(op.name.name, schema) == name:
                return True
    return False


def lost_labels(site: Site, type_: Name) -> tuple[str, ...] | None:
    """The labels that the enum of that name lacks when the transaction ends, None where it then has no enum."""
    resolved = site.before.resolve(type_)
    old, new = site.before.enums.get(resolved), left(site).enums.get(resolved)
    if new is None:
        return None
    return tuple(label for label in (old.labels if old else ()) if label not in new.labels)


def type_given_again(site: Site, name: Name) -> bool:
    """Whether the transaction gives the name to another domain or composite type."""
    end = left(site)
    return any(
        isinstance(op := placed.operation, CreateObject) and op.kind in ("TYPE", "DOMAIN") and end.same(op.name, name)
        for placed in site.in_transaction
    )


def of_type(schema: Schema, found: Type | None, name: Name) -> bool:
    """Whether a column's type, or that of its elements, is the one called *name*."""
    return found is not None and found.called.name == name.name and schema.same(found.called, name)


def running_enum(site: Site, type_: Name) -> EnumType | None:
    """The enum as the running version knows it."""
    start = begun(site)
    return start.enums.get(start.resolve(type_))


def called_by(schema: Schema, function: Name) -> tuple[str, ...]:
    """The triggers that call the function, each with its table."""
    found = {known.name for known in schema.functions_named(function)} or {schema.resolve(function)}
    return tuple(
        f"the trigger {quoted(trigger.name)} of {table.name}"
        for table in schema.tables.values()
        for trigger in table.triggers.values()
        if trigger.function in found
    )


def drawing_from(schema: Schema, sequence: Name) -> tuple[str, ...]:
    """The columns whose default takes its numbers from the sequence, each with its table."""
    resolved = schema.resolve(sequence)
    return tuple(
        f"{table.name}.{quoted(column.name)}"
        for table in schema.tables.values()
        for column in table.columns.values()
        if resolved.schema == table.name.schema and _draws(table, column, resolved.name)
    )


def _draws(table: Table, column: Column, sequence: str) -> bool:
    if column.generation is Generation.SERIAL:
        return sequence == sequence_of(table.name, column).name
    default = column.default.text.replace('"', "") if column.default else ""
    return "nextval" in default and f"'{sequence}'" in default


def comes_back(site: Site, kind: str, name: Name) -> bool:
    """Whether the transaction makes another object of the kind and name, later than the first operation."""
    return any(True for _ in made_later(site, kind, name))


def made_later(site: Site, kind: str, name: Name) -> Iterator[CreateObject]:
    """The objects of the kind and name that the transaction makes later than the first operation."""
    here = site.in_transaction.index(site.operations[0])
    resolved = site.before.resolve(name)
    kinds = _FOUND_AS.get(kind, (kind,))
    for placed in site.in_transaction[here + 1 :]:
        op = placed.operation
        if isinstance(op, CreateObject) and op.kind in kinds and placed.before.resolve(op.name) == resolved:
            yield op
