"""Enums and domains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from safemigrate.schema import operations as o
from safemigrate.schema.after.changes import made
from safemigrate.schema.after.dispatch import moved
from safemigrate.schema.after.relations import renamed_object
from safemigrate.schema.constraints import without
from safemigrate.schema.model import Check, NotNullConstraint, Type
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.objects import Domain
from safemigrate.schema.schema import Schema


@moved.register
def _(op: o.CreateEnum, schema: Schema) -> Schema:
    enum = replace(op.type, name=made(op.type.name, schema), born=schema.revision)
    return replace(schema, enums={**schema.enums, enum.name: enum})


@moved.register
def _(op: o.AddEnumValue, schema: Schema) -> Schema:
    name = schema.resolve(op.type)
    enum = schema.enums.get(name)
    if enum is None or op.value in enum.labels:
        return schema
    labels = list(enum.labels)
    place = len(labels)
    if op.neighbour in labels:
        place = labels.index(op.neighbour) + (0 if op.before else 1)
    labels.insert(place, op.value)
    added = (*enum.added, (op.value, schema.revision))
    return replace(schema, enums={**schema.enums, name: replace(enum, labels=tuple(labels), added=added)})


@moved.register
def _(op: o.RenameEnumValue, schema: Schema) -> Schema:
    name = schema.resolve(op.type)
    enum = schema.enums.get(name)
    if enum is None:
        return schema
    labels = tuple(op.new_value if label == op.value else label for label in enum.labels)
    return replace(schema, enums={**schema.enums, name: replace(enum, labels=labels)})


@moved.register
def _(op: o.RenameType, schema: Schema) -> Schema:
    old = schema.resolve(op.type)
    return renamed_type(schema, old, Name(op.new_name, old.schema))


def renamed_type(schema: Schema, old: Name, new: Name) -> Schema:
    """The schema with an enum, domain or composite type under its new name, which columns follow."""
    for table, column in schema.columns_of(old):
        assert column.type is not None
        # a type without its schema goes on without
        written = Type(
            quoted(new.name),
            column.type.arguments,
            column.type.dimensions,
            new.schema if column.type.schema or new.schema != old.schema else None,
        )
        changed = schema.tables[table]
        columns = {**changed.columns, column.name: replace(column, type=written)}
        schema = schema.with_table(replace(changed, columns=columns))
    if old in schema.enums:
        enum = replace(schema.enums[old], name=new)
        return replace(schema, enums={**without(schema.enums, old), new: enum})
    if old in schema.domains:
        domain = replace(schema.domains[old], name=new)
        schema = replace(schema, domains={**without(schema.domains, old), new: domain})
    return renamed_object(renamed_object(schema, "DOMAIN", old, new), "TYPE", old, new)


# -- domains -----------------------------------------------------------------------------------------------------


def created(op: o.CreateDomain, schema: Schema) -> Schema:
    """The schema with the domain."""
    domain = Domain(made(op.name, schema), op.type, op.default, op.not_null, born=schema.revision)
    for check in op.checks:
        domain = _constrained(domain, check)
    return replace(schema, domains={**schema.domains, domain.name: domain})


def _constrained(domain: Domain, constraint: Check | NotNullConstraint) -> Domain:
    names = {c.name for c in domain.constraints}
    chosen, number = f"{domain.name.name}_check", 0
    while chosen in names:
        number += 1
        chosen = f"{domain.name.name}_check{number}"
    if isinstance(constraint, NotNullConstraint):
        return replace(domain, not_null=True)
    return replace(domain, constraints=(*domain.constraints, replace(constraint, name=constraint.name or chosen)))


def _domain_changed(schema: Schema, name: Name, change: Callable[[Domain], Domain]) -> Schema:
    resolved = schema.resolve(name)
    domain = schema.domains.get(resolved) or Domain(resolved)
    return replace(schema, domains={**schema.domains, resolved: change(domain)})


@moved.register
def _(op: o.AddDomainConstraint, schema: Schema) -> Schema:
    return _domain_changed(schema, op.domain, lambda domain: _constrained(domain, op.constraint))


@moved.register
def _(op: o.ValidateDomainConstraint, schema: Schema) -> Schema:
    def change(domain: Domain) -> Domain:
        constraints = tuple(replace(c, valid=True) if c.name == op.name else c for c in domain.constraints)
        return replace(domain, constraints=constraints)

    return _domain_changed(schema, op.domain, change)


@moved.register
def _(op: o.DropDomainConstraint, schema: Schema) -> Schema:
    def change(domain: Domain) -> Domain:
        return replace(domain, constraints=tuple(c for c in domain.constraints if c.name != op.name))

    return _domain_changed(schema, op.domain, change)


@moved.register
def _(op: o.SetDomainNotNull, schema: Schema) -> Schema:
    return _domain_changed(schema, op.domain, lambda domain: replace(domain, not_null=op.required))


@moved.register
def _(op: o.ChangeDomainDefault, schema: Schema) -> Schema:
    return _domain_changed(schema, op.name, lambda domain: replace(domain, default=op.default))
