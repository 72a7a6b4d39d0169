"""add-required-column: see add_required_column.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.shapes import decided, example_value, prove_not_null, question
from safemigrate.schema import Answer, Expression, PrimaryKey
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddColumn, DropDefault, Update
from safemigrate.schema.sync import CreateFillFunction, CreateSyncTrigger, taken_down
from safemigrate.sql import read_expression


def check(site: Site) -> Iterable[Hit]:
    """Existing rows have no value for it, and the old version gives none to new ones."""
    op = _operation(site)
    if site.is_new(op.table) or _there_already(op, site):
        return
    required = op.column.nullable is Answer.NO or any(isinstance(c, PrimaryKey) for c in op.constraints)
    if required and not op.column.has_default.possible:
        yield Hit(frozenset({Hazard.BREAKS_OLD, Hazard.FAILS}))


def split(site: Site) -> Split | Refusal | None:
    """The value that a person decided on stands in until every version writes the column."""
    op = _operation(site)
    name = f"{op.table}.{quoted(op.column.name)}"
    text = decided(site, op.table, op.column.name)
    if text is None:
        return Refusal(
            f"Nobody said what {name} is in the rows that are there, and in those that the old version writes.",
            "Give the column a server_default, or decide on an expression.",
            question(
                site,
                op.table,
                op.column.name,
                asks=f"what {name} is in them, as an SQL expression over the columns of {op.table}",
                example=example_value(op.column.type),
            ),
        )
    if op.constraints:
        return Refusal(
            f"{name} brings a constraint of its own, which every filled row would have to meet at once.",
            "Add the column without it, and the constraint in a revision of its own.",
        )
    expression = read_expression(text)
    if expression.columns or expression.volatility.rewrites:
        return _filled_row_by_row(site, op, name, expression)
    with_default = replace(op, column=replace(op.column, default=expression))
    return Split(
        consumes=frozenset({site.position}),
        change=f"adds the required column {name}",
        expand=((with_default,),),
        contract=((DropDefault(op.table, op.column.name),),),
        proof=f"Every running version writes {name}.",
        deploy=f"the version that always writes {name}",
    )


def _filled_row_by_row(site: Site, op: AddColumn, name: str, expression: Expression) -> Split:
    column = op.column.name
    optional = replace(op, column=replace(op.column, nullable=Answer.YES, default=None))
    function, trigger = CreateFillFunction(op.table, column, expression.text), CreateSyncTrigger(op.table, column)
    empty = read_expression(f"{quoted(column)} IS NULL")
    return Split(
        consumes=frozenset({site.position}),
        change=f"adds the required column {name}",
        expand=((optional, function, trigger),),
        migrate=((Update(op.table, ((column, expression),), where=empty),),),
        contract=(
            *prove_not_null(op.table, column),
            taken_down(op.table, function.function, trigger.trigger),
        ),
        proof=f"No row of {op.table} holds NULL in {quoted(column)}, and every running version writes it.",
        deploy=f"the version that always writes {name}",
    )


def _there_already(op: AddColumn, site: Site) -> bool:
    return op.if_not_exists and site.before.has_column(op.table, op.column.name).certain


def _operation(site: Site) -> AddColumn:
    assert isinstance(site.operation, AddColumn)
    return site.operation
