"""What no rule looks at although it may do harm: to be told, never to be taken for safe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from safemigrate.rulebook import Placed, Rule, Run
from safemigrate.schema import Name, Operation
from safemigrate.schema import operations as o
from safemigrate.schema.recognise import TEMPLATES

# these only add, or change nothing that a running version relies on
_HARMLESS = (
    o.Analyze,
    o.Copy,
    o.CreateTable,
    o.CreateEnum,
    o.Insert,
    o.Query,
    o.SessionCommand,
    o.SetParameter,
    o.TransactionControl,
    o.SessionCommand,
    o.Analyze,
    o.SetDefault,
    o.ValidateConstraint,
    *TEMPLATES,
    # the rules on transactions judge these where they stand
    o.Merge,
    o.Update,
    # counted by itself
    o.Unreadable,
)
_HARMLESS_OBJECTS = frozenset(
    {"SCHEMA", "EXTENSION", "SEQUENCE", "FUNCTION", "PROCEDURE", "VIEW", "MATERIALIZED VIEW", "TYPE", "DOMAIN"}
)
_HARMLESS_CHANGES = frozenset({"COMMENT", "GRANT", "SET STATISTICS", "SET STORAGE PARAMETERS"})

_WORDS = {
    o.ChangeType: "ALTER TYPE",
    o.MoveTable: "SET SCHEMA",
    o.RenameEnumValue: "RENAME VALUE",
    o.AddEnumValue: "ADD VALUE",
    o.ChangeIdentity: "ALTER IDENTITY",
}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def unjudged(runs: Iterable[Run], rules: Sequence[Rule]) -> tuple[str, ...]:
    """What PostgreSQL calls each operation of *runs* that no rule looks at, that may do harm and is not about
    something that its revision made itself."""
    return tuple(
        _words(placed.operation)
        for run in runs
        for placed in run.operations
        if not (
            any(rule.looks_at(placed.operation) for rule in rules)
            or _is_harmless(placed.operation)
            or _is_about_new(placed)
        )
    )


def _is_harmless(op: Operation) -> bool:
    match op:
        case o.CreateObject():
            return op.kind in _HARMLESS_OBJECTS and not op.or_replace
        case o.AlterObject():
            return op.kind in _HARMLESS_CHANGES
        case _:
            return isinstance(op, _HARMLESS)


def _is_about_new(placed: Placed) -> bool:
    op, before = placed.operation, placed.before
    if isinstance(op, o.DropIndex | o.RenameIndex):
        table = before.index_table(op.index)
        return table is not None and before.is_new(table.name)
    if isinstance(op, o.DropObject) and op.table is None:
        return before.objects.get((op.kind, before.resolve(op.name))) == before.revision or _is_new_enum(
            op.name, placed
        )
    if isinstance(op, o.AddEnumValue | o.RenameEnumValue | o.RenameType):
        return _is_new_enum(op.type, placed)
    names = tuple(_tables(op))
    return bool(names) and all(map(before.is_new, names))


def _is_new_enum(name: Name, placed: Placed) -> bool:
    enum = placed.before.enums.get(placed.before.resolve(name))
    return enum is not None and enum.born == placed.before.revision


def _tables(op: Operation) -> Iterator[Name]:
    """The tables that an operation is about. GRANT and REVOKE have theirs for a name."""
    table = getattr(op, "table", None) or (op.name if isinstance(op, o.AlterObject) else None)
    if isinstance(table, Name):
        yield table
    yield from getattr(op, "tables", ())


def _words(op: Operation) -> str:
    match op:
        case o.CreateObject():
            return f"CREATE {'OR REPLACE ' * op.or_replace}{op.kind}"
        case o.DropObject():
            return f"DROP {op.kind}"
        case o.AlterObject():
            return "ALTER SEQUENCE" if op.kind == "SEQUENCE" else op.kind
        case _:
            return _WORDS.get(type(op)) or _CAPITAL.sub(" ", type(op).__name__).upper()
