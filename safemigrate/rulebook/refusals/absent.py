"""What a statement names and nobody has: a column of a table that is known whole, a constraint, a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.history.statement import STAND_IN_MARK
from safemigrate.rulebook.parts import columns_of
from safemigrate.rulebook.refusals.named import Routine, columns, routines
from safemigrate.rulebook.refusals.relations import INDEX, MATERIALIZED_VIEW, TABLE, an, relation
from safemigrate.schema import Answer, Expression, Name, Operation, Schema, Type
from safemigrate.schema import operations as o
from safemigrate.schema.name import literal, quoted

# what every table has
_SYSTEM = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"})
# a constant, cast to some type or not
_LABEL = re.compile(r"""'([^'\\]*)'(?:\s*::\s*[\w."]+)?""")


def absent(op: Operation, before: Schema) -> Iterator[str]:
    """The reasons why the operation finds nothing, or something of another kind, under the names that it says."""
    yield from _of_another_kind(op, before)
    for table, named in columns(op, before):
        for column in dict.fromkeys(named):
            if before.has_column(table, column) is Answer.NO and before.table(table) and not _is_nobodys(column):
                yield f"{table} has no column {quoted(column)}."
                return
            view = before.view(table)
            if view is not None and view.columns and column not in view.columns and not _is_nobodys(column):
                yield f"The view {table} has no column {quoted(column)}."
                return
    yield from _of_table(op, before)
    yield from _labels(op, before)


# -- relations ---------------------------------------------------------------------------------------------------


def _of_another_kind(op: Operation, before: Schema) -> Iterator[str]:
    for routine in routines(op):
        yield from _another_routine(routine, before)
    match op:
        case o.DropTable(table=name):
            meant = TABLE
        case o.DropIndex(index=name):
            meant = INDEX
        case o.DropObject(kind="VIEW" | "MATERIALIZED VIEW" | "SEQUENCE" as kind, name=name):
            meant = kind.lower()
        case o.RefreshView(view=name):
            meant = MATERIALIZED_VIEW
        case o.DropObject(kind="DOMAIN", name=name):
            if before.resolve(name) in before.enums:
                yield f"{name} is a type, and no domain: DROP TYPE."
            return
        case _:
            return
    found = relation(before, name)
    if found is not None and found != meant:
        yield f"{name} is {an(found)}, and no {meant}."


def _another_routine(routine: Routine, before: Schema) -> Iterator[str]:
    for found in before.overloads(routine.name, routine.arguments):
        if routine.kind not in ("ROUTINE", found.kind):
            yield f"{routine} is {an(found.kind.lower())}, and no {routine.word}."
        elif routine.trigger and found.returns not in ("", "trigger"):
            yield f"{routine} returns {found.returns}, and a trigger calls one that returns trigger."


def _is_nobodys(column: str) -> bool:
    """Whether a name says nothing of the table's own columns: every table has it, or a stand-in left it there."""
    return column in _SYSTEM or column.startswith(STAND_IN_MARK)


# -- what stands on a table, and labels --------------------------------------------------------------------------


def _of_table(op: Operation, before: Schema) -> Iterator[str]:
    match op:
        case o.DropConstraint(if_exists=False) | o.ValidateConstraint() | o.RenameConstraint() | o.ChangeConstraint():
            known = before.table(op.table)
            # PostgreSQL 18 names what NOT NULL makes, and knows it as a constraint
            if known is not None and known.known and op.name not in known.constraints and "not_null" not in op.name:
                yield f"{op.table} has no constraint {quoted(op.name)}."
        case o.DropObject(if_exists=False) | o.RenameObject() | o.AlterObject() | o.Comment():
            yield from _attached(op, before)
        case o.ValidateDomainConstraint() | o.DropDomainConstraint(if_exists=False):
            domain = before.domains.get(before.resolve(op.domain))
            if domain is not None and domain.type is not None and op.name not in {c.name for c in domain.constraints}:
                yield f"The domain {op.domain} has no constraint {quoted(op.name)}."
        case o.ToggleTrigger(kind="TRIGGER", table=table, name=str() as name):
            yield from _not_among("trigger", name, table, before)
        case _:
            return


def _attached(op: o.DropObject | o.RenameObject | o.AlterObject, before: Schema) -> Iterator[str]:
    kind = op.about if isinstance(op, o.Comment) else op.kind
    if kind in ("TRIGGER", "POLICY", "CONSTRAINT") and op.table is not None:
        yield from _not_among(kind.lower(), op.name.name, op.table, before)


def _not_among(what: str, name: str, table: Name, before: Schema) -> Iterator[str]:
    known = before.table(table)
    if known is None or not known.known:
        return
    there = {"trigger": known.triggers, "policy": known.policies, "constraint": known.constraints}[what]
    if name not in there and not (what == "constraint" and "not_null" in name):
        yield f"{table} has no {what} {quoted(name)}."


def _labels(op: Operation, before: Schema) -> Iterator[str]:
    match op:
        case o.RenameEnumValue(type=type_, value=label) | o.AddEnumValue(type=type_, neighbour=str() as label):
            known = before.enums.get(before.resolve(type_))
            if known is not None and label not in known.labels:
                yield f"{type_} has no label {literal(label)}."
        case o.SetDefault(table=table, column=column, default=default):
            yield from _default_label(before.column(table, column).type, default, before)
        case _:
            for made in columns_of(op):
                yield from _default_label(made.type, made.default, before)


def _default_label(type_: Type | None, default: Expression | None, before: Schema) -> Iterator[str]:
    enum = before.enums.get(before.resolve(type_.called)) if type_ is not None and not type_.dimensions else None
    text = _LABEL.fullmatch(default.text.strip()) if default is not None else None
    if enum is not None and text is not None and text[1] not in enum.labels:
        yield f"{enum.name} has no label {literal(text[1])}."
