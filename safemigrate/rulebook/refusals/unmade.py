"""What a statement names and no revision made, where the history begins with an empty database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.history.statement import STAND_IN_MARK
from safemigrate.rulebook.refusals.named import Routine, calls, relations, routines, schemas, sequences, types
from safemigrate.rulebook.refusals.relations import INDEX, TABLE, relation
from safemigrate.schema import Footprint, Name, Operation, Schema
from safemigrate.schema import operations as o
from safemigrate.schema.builtin import (
    EXTENSIONS_WITHOUT_TRIGGERS,
    FUNCTIONS_OF_EXTENSIONS,
    TRIGGER_FUNCTIONS,
    TYPES_OF_EXTENSIONS,
    is_builtin,
    is_builtin_function,
)
from safemigrate.schema.chosen import NUMBERED
from safemigrate.schema.name import quoted

_NUMBER_BEHIND = re.compile(r"\d+$")
# Alembic makes its table itself
_VERSIONS = "alembic_version"
# what PostgreSQL brings itself
_SCHEMAS = frozenset({"public", "information_schema"})


def unmade(op: Operation, before: Schema, touched: Footprint) -> Iterator[str]:
    """What the operation names and no revision made, where the history seems to begin with an empty database.

    Somebody may have made it beside the history all the same. *touched* are the tables that the operation locks.
    """
    return _missing(op, before, touched) if before.complete else iter(())


def _missing(op: Operation, before: Schema, touched: Footprint) -> Iterator[str]:
    for schema in schemas(op):
        if not _is_schema(schema, before):
            yield f"schema {quoted(schema)}"
            return
    for name in relations(op, touched):
        if _is_own(name) or relation(before, name) is not None or before.table(name) is not None:
            continue
        # the columns of all tables are looked through: last
        if not _may_be_of_a_column(name, before):
            yield f"table {before.shortest(name)}"
            return
    yield from _dropped(op, before)
    for sequence in sequences(op):
        if relation(before, sequence) is None and not _may_be_of_a_column(sequence, before):
            yield f"sequence {sequence}"
    for routine in routines(op):
        if not before.overloads(routine.name, routine.arguments) and _would_be_known(routine, before):
            yield f"{routine.word} {routine}"
    for call in calls(op):
        if not is_builtin_function(call) and not _is_function(call, before):
            yield f"function {call}{_with_extension(call)}"
    for type_ in types(op) if _knows_types(before) else ():
        if not is_builtin(type_) and not _is_type(type_, before):
            yield f"type {type_}"


# -- schemas and relations ---------------------------------------------------------------------------------------


def _is_schema(name: str, before: Schema) -> bool:
    """Whether there is such a schema: a revision made it, or made something in it, which env.py may have prepared."""
    if name in _SCHEMAS or name.startswith(("pg_", STAND_IN_MARK)) or ("SCHEMA", Name(name)) in before.objects:
        return True
    made = (before.tables, before.views, before.enums, before.domains, before.functions)
    inside = any(each.schema == name for names in made for each in names)
    return inside or any(
        each.schema == name or (kind == "SCHEMA" and each.name == name) for kind, each in before.objects
    )


def _dropped(op: Operation, before: Schema) -> Iterator[str]:
    """What a DROP without IF EXISTS does not find."""
    if getattr(op, "if_exists", True):
        return
    match op:
        case o.DropIndex(index=name):
            meant = INDEX
        case o.DropObject(kind="VIEW" | "MATERIALIZED VIEW" | "SEQUENCE" as kind, name=name):
            meant = kind.lower()
        case o.DropTable(table=name) if before.table(name) is None:
            meant = TABLE
        case _:
            return
    if relation(before, name) is None:
        yield f"{meant} {name}"


def _is_own(table: Name) -> bool:
    """Whether PostgreSQL or Alembic brings the table itself."""
    return (
        table.schema in ("pg_catalog", "information_schema")
        or table.name.startswith("pg_")
        or table.name.startswith(_VERSIONS)
    )


def _may_be_of_a_column(sequence: Name, before: Schema) -> bool:
    """Whether it has a name as PostgreSQL gives the sequences of columns, which keep it when these are renamed."""
    stem = _NUMBER_BEHIND.sub("", sequence.name)
    return any(
        column.generation in NUMBERED and stem.endswith(f"_{column.name}_seq")
        for table in before.tables.values()
        for column in table.columns.values()
    )


# -- functions and types -----------------------------------------------------------------------------------------


def _would_be_known(routine: Routine, before: Schema) -> bool:
    """Whether the history would have made the function: extensions bring some, and so does PostgreSQL."""
    extensions = _extensions(before)
    if routine.trigger:
        return routine.name.name not in TRIGGER_FUNCTIONS and extensions <= EXTENSIONS_WITHOUT_TRIGGERS
    if before.functions_named(routine.name):
        # a procedure is found by what its OUT arguments are, too
        return routine.kind in ("FUNCTION", "AGGREGATE")
    return not extensions


def _is_function(call: Name, before: Schema) -> bool:
    """Whether there may be a function of that name: of any schema, since a search path may be set elsewhere."""
    extensions = _extensions(before)
    if not extensions <= FUNCTIONS_OF_EXTENSIONS.keys():
        return True
    made = bool(before.functions.get(call)) if call.schema else any(f.name == call.name for f in before.functions)
    brought = any(call.name in FUNCTIONS_OF_EXTENSIONS[extension] for extension in extensions)
    # a type that is called is a cast
    return made or brought or is_builtin(call) or _is_type(call, before)


def _with_extension(call: Name) -> str:
    bringing = [extension for extension, functions in FUNCTIONS_OF_EXTENSIONS.items() if call.name in functions]
    return f", which the extension {bringing[0]} brings" if bringing else ""


def _extensions(before: Schema) -> set[str]:
    return {name.name for kind, name in before.objects if kind == "EXTENSION"}


def _knows_types(before: Schema) -> bool:
    """Whether all types are known: some extensions bring types that nobody here knows."""
    imported = any(kind == "FOREIGN SCHEMA" for kind, _ in before.objects)
    return not imported and _extensions(before) <= TYPES_OF_EXTENSIONS.keys()


def _is_type(name: Name, before: Schema) -> bool:
    resolved = before.resolve(name)
    made = resolved in before.enums or resolved in before.domains or ("TYPE", resolved) in before.objects
    brought = any(name.name in TYPES_OF_EXTENSIONS.get(extension, ()) for extension in _extensions(before))
    # every row of a table is a value of a type
    return made or brought or relation(before, name) is not None or before.table(name) is not None
