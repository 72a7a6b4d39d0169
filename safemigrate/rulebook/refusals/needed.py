"""What something else needs: a DROP without CASCADE is refused while anything stands on what goes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook.refusals.depending import calling, finds, naming
from safemigrate.rulebook.refusals.relations import relation
from safemigrate.rulebook.site import Placed
from safemigrate.schema import Check, Column, Exclusion, Expression, Generation, Name, Operation, Schema, Table
from safemigrate.schema import operations as o
from safemigrate.schema.builtin import FUNCTIONS_OF_EXTENSIONS, TYPES_OF_EXTENSIONS
from safemigrate.schema.name import quoted
from safemigrate.sql import read_expression

_CODE = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE")
_CLASSES = {"pg_trgm": ("gin_trgm_ops", "gist_trgm_ops")}
_COMPUTED = (Generation.STORED, Generation.VIRTUAL)


def needed(
    op: Operation, before: Schema, beside: tuple[Placed, ...], *, postgres: int | None = None
) -> Iterator[str]:
    """The reasons why what goes cannot go: what stands on it, and does not go with it in the statement."""
    going = {before.resolve(name) for placed in beside for name in _dropped(placed.operation)}
    match op:
        case o.DropColumn(cascade=False):
            yield from _column(op, before)
            # PostgreSQL 14 drops the generated column, too, and says nothing
            yield from _computed(op, before) if postgres != 14 else ()
        case o.DropTable(cascade=False):
            yield from _read(before, op.table, going)
            yield from _inherited(before, op.table, going)
        case o.DropObject(kind="VIEW" | "MATERIALIZED VIEW", cascade=False):
            yield from _read(before, op.name, going)
        case o.DropObject(cascade=False) if op.kind in _CODE:
            yield from _called(op, before)
        case o.DropObject(kind="DOMAIN" | "TYPE", cascade=False):
            yield from _over(op, before)
        case o.DropObject(kind="EXTENSION", cascade=False):
            yield from _brought(op, before)
        case o.DropObject(kind="COLLATION", cascade=False):
            yield from _sorted(op, before)
        case o.DropObject(kind="SEQUENCE", cascade=False):
            yield from _drawn(op, before)
        case o.DropObject(kind="ROLE"):
            yield from _privileged(op, before)
        case o.ChangeComposite(action="ALTER", name=name):
            for owner, column in before.columns_of(name):
                yield f"{owner}.{quoted(column.name)} is {name}, whose attributes keep their types while it is."
        case o.SetLogged(logged=False):
            yield from _logged(op, before)
        case _:
            return


def _dropped(op: Operation) -> Iterator[Name]:
    match op:
        case o.DropTable(table=name) | o.DropObject(name=name):
            yield name
        case _:
            return


def _over(op: o.DropObject, before: Schema) -> Iterator[str]:
    dropped = before.resolve(op.name)
    for domain in before.domains.values():
        below = domain.type
        if below is not None and before.resolve(below.called) == dropped:
            yield f"The domain {domain.name} is over {op.name}."


def _read(before: Schema, name: Name, going: set[Name]) -> Iterator[str]:
    if relation(before, name) is None:
        return
    resolved = before.resolve(name)
    for view in before.views.values():
        if resolved in view.tables and view.name not in going and view.name != resolved:
            yield f"The view {view.name} reads {name}."


def _inherited(before: Schema, name: Name, going: set[Name]) -> Iterator[str]:
    """Partitions go with their parent; children by INHERITS do not."""
    for child in before.children(name):
        if child not in going:
            yield f"{child} inherits from {name}."


def _column(op: o.DropColumn, before: Schema) -> Iterator[str]:
    target, table = before.resolve(op.table), before.table(op.table)
    for view in before.views_on(op.table, op.column):
        if (target, op.column) in view.reads:
            yield f"The view {view.name} reads {quoted(op.column)}."
    if table is None:
        return
    for trigger in table.triggers.values():
        if op.column in trigger.named:
            yield f"The trigger {quoted(trigger.name)} fires on {quoted(op.column)}."
    for what in naming(before, op.table, op.column):
        yield f"{what[0].upper()}{what[1:]} needs {quoted(op.column)}."
    for other, key in before.referencing(op.table):
        if op.column in (key.referenced_columns or table.primary_key) and other != target:
            yield f"The foreign key {quoted(key.name)} of {other} refers to {quoted(op.column)}."


def _computed(op: o.DropColumn, before: Schema) -> Iterator[str]:
    table = before.table(op.table)
    for column in table.columns.values() if table is not None else ():
        if column.generation in _COMPUTED and op.column in read_expression(column.generation_text).columns:
            yield f"The generated column {quoted(column.name)} is computed from {quoted(op.column)}."


# -- functions -----------------------------------------------------------------------------------------------------


def _called(op: o.DropObject, before: Schema) -> Iterator[str]:
    found = before.overloads(op.name, op.arguments)
    if len(before.functions_named(op.name)) != 1 or not found:
        # of several, which one is called is not known
        return
    function = found[0].name
    for table in before.tables.values():
        for what, expression in _expressions(table):
            if any(finds(before, call, function) for call in expression.calls):
                yield f"{what} of {table.name} calls {op.name}."
    for what in calling(before, function):
        yield f"{what} calls {op.name}."


def _expressions(table: Table) -> Iterator[tuple[str, Expression]]:
    for column in table.columns.values():
        yield from _of_column(column)
    for constraint in table.constraints.values():
        if isinstance(constraint, Check):
            yield f"The check {quoted(constraint.name)}", constraint.expression
    for index in table.indexes.values():
        for element in index.elements:
            if element.strip('"') not in index.columns and "(" in element:
                yield f"The index {quoted(index.name)}", read_expression(element)
        if index.where is not None:
            yield f"The index {quoted(index.name)}", index.where


def _of_column(column: Column) -> Iterator[tuple[str, Expression]]:
    if column.default is not None:
        yield f"The default of {quoted(column.name)}", column.default
    if column.generation in _COMPUTED:
        yield f"The generated column {quoted(column.name)}", read_expression(column.generation_text)


# -- extensions, collations, sequences, roles ----------------------------------------------------------------------


def _brought(op: o.DropObject, before: Schema) -> Iterator[str]:
    """What stands on the types, functions and operator classes of an extension, as far as these are known."""
    extension = op.name.name
    for type_ in TYPES_OF_EXTENSIONS.get(extension, ()):
        for owner, column in before.columns_of(Name(type_)):
            yield f"{owner}.{quoted(column.name)} is {type_}, which {extension} brings."
    functions = FUNCTIONS_OF_EXTENSIONS.get(extension, frozenset())
    for table in before.tables.values():
        for what, expression in _expressions(table):
            if any(call.name in functions for call in expression.calls):
                yield f"{what} of {table.name} calls what {extension} brings."
        for index in table.indexes.values():
            if any(words in element for element in index.elements for words in _CLASSES.get(extension, ())):
                yield f"The index {quoted(index.name)} of {table.name} has an operator class of {extension}."
        for constraint in table.constraints.values():
            if isinstance(constraint, Exclusion) and extension == "btree_gist" and _compares(constraint):
                yield f"The constraint {quoted(constraint.name)} of {table.name} compares by what {extension} brings."


def _compares(constraint: Exclusion) -> bool:
    """Whether it asks with = what a gist index has of no extension but this."""
    return re.search(r"\bgist\b.*\bWITH\s+=", constraint.text, re.IGNORECASE | re.DOTALL) is not None


def _sorted(op: o.DropObject, before: Schema) -> Iterator[str]:
    for table in before.tables.values():
        for column in table.columns.values():
            if column.collation is not None and column.collation.strip('"') == op.name.name:
                yield f"{table.name}.{quoted(column.name)} is sorted by it."


def _drawn(op: o.DropObject, before: Schema) -> Iterator[str]:
    """The defaults that draw from the sequence; one that belongs to its column goes with it."""
    wanted = re.compile(rf"nextval\s*\(\s*'\"?{re.escape(str(op.name))}\"?'", re.IGNORECASE)
    for table in before.tables.values():
        for column in table.columns.values():
            if column.default is not None and wanted.search(column.default.text):
                yield f"The default of {table.name}.{quoted(column.name)} draws from it."


def _privileged(op: o.DropObject, before: Schema) -> Iterator[str]:
    role = op.name.name
    for table in before.tables.values():
        if any(granted.role == role for granted in table.grants):
            yield f"{role} has privileges on {table.name}: DROP OWNED BY takes them."


# -- tables that are no longer logged ------------------------------------------------------------------------------


def _logged(op: o.SetLogged, before: Schema) -> Iterator[str]:
    """A table whose rows a crash takes cannot be what others, which stay, refer to."""
    table = before.table(op.table)
    if table is None or table.unlogged:
        return
    for other, key in before.referencing(op.table):
        child = before.tables.get(other)
        if child is not None and child.known and not child.unlogged and other != table.name:
            yield f"{other}, which is logged, refers to {op.table} by {quoted(key.name)}."
