"""drop-column: see drop_column.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Question, Refusal, Site, Split, Step
from safemigrate.rulebook.replaced import replaced
from safemigrate.rulebook.shapes import decided, example_value, question
from safemigrate.schema import Answer, Check, Name, NotNullConstraint, Schema
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropColumn, DropConstraint, DropNotNull, SetDefault
from safemigrate.sql import read_expression

HAZARDS = frozenset({Hazard.BREAKS_OLD, Hazard.LOSES_DATA})


def check(site: Site) -> Iterator[Hit]:
    """Every drop of a column that a running version can see breaks it."""
    op = site.operation
    assert isinstance(op, DropColumn)
    if site.before.is_new_column(op.table, op.column) or _absent(op, site.before):
        return
    if replaced(site.run, site.position) is not None:
        # replace-column is about that
        return
    taken = _taken_along(op, site.before)
    if taken:
        yield Hit(
            HAZARDS,
            message=f"CASCADE drops {' and '.join(taken)} together with {op.table}.{quoted(op.column)}, "
            "and every view and generated column that reads it; the version that still names them breaks.",
        )
    else:
        yield Hit(HAZARDS)


def split(site: Site) -> Split | Refusal | None:
    """Let the new version leave the column out while both run; drop it when the old one is gone."""
    op = site.operation
    assert isinstance(op, DropColumn)
    before = site.before
    if before.is_new_column(op.table, op.column) or _absent(op, before):
        return None
    column = f"{op.table}.{quoted(op.column)}"
    value = decided(site, op.table, op.column)
    relaxed = _relaxed(op, before, value)
    table = before.table(op.table)
    if relaxed and table is not None and op.column in table.primary_key:
        return Refusal(
            f"{column} belongs to the primary key and has no default, so the new version cannot insert without it.",
            f"Give {column} a default in this revision first, or replace the primary key in a release before.",
        )
    return Split(
        consumes=frozenset({site.position}),
        change=f"drops {column}",
        expand=relaxed,
        contract=((op,),),
        proof=f"No running version names {column}, and its values are kept elsewhere or not wanted.",
        deploy=f"the version that no longer uses {column}",
        question=_question(op, site) if relaxed else None,
    )


def _question(op: DropColumn, site: Site) -> Question:
    column = f"{op.table}.{quoted(op.column)}"
    return question(
        site,
        op.table,
        op.column,
        asks=f"what {column} is in the rows of the new version, as a constant; without one it is NULL, which the old "
        "version reads",
        example=example_value(site.before.column(op.table, op.column).type),
    )


def _absent(op: DropColumn, before: Schema) -> bool:
    """Whether IF EXISTS finds nothing to drop, for certain."""
    return op.if_exists and before.has_column(op.table, op.column) is Answer.NO


def _relaxed(op: DropColumn, before: Schema, value: str | None) -> tuple[Step, ...]:
    """What must go so that an INSERT may leave the column out; where a person decided on a *value*, nothing."""
    column = before.column(op.table, op.column)
    if column.has_default.certain:
        return ()
    if value is not None:
        return ((SetDefault(op.table, op.column, read_expression(value)),),)
    table = before.table(op.table)
    constraints = table.constraints.values() if table else ()
    steps: list[Step] = []
    if column.required.possible or any(
        isinstance(c, NotNullConstraint) and c.column == op.column for c in constraints
    ):
        steps.append((DropNotNull(op.table, op.column),))
    # DROP COLUMN takes these checks along, whichever other columns they name
    steps += [
        (DropConstraint(op.table, c.name),)
        for c in constraints
        if isinstance(c, Check) and op.column in c.expression.not_null
    ]
    return tuple(steps)


def _taken_along(op: DropColumn, before: Schema) -> tuple[str, ...]:
    """The foreign keys of other tables that CASCADE drops."""
    if not op.cascade:
        return ()
    table = before.table(op.table)
    key = table.primary_key if table else ()
    return tuple(
        _foreign_key(other, foreign.name)
        for other, foreign in before.referencing(op.table)
        if op.column in (foreign.referenced_columns or key)
    )


def _foreign_key(table: Name, name: str) -> str:
    return f"the foreign key {quoted(name)} of {table}"
