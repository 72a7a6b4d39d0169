"""Steps that several rules take: shapes of a safe change that are not the business of one of them."""

from __future__ import annotations

from safemigrate.rulebook.site import Question, Site, Split, Step
from safemigrate.schema import Answer, Check, Expression, Name, Schema, Type, Volatility
from safemigrate.schema.name import quoted, shortened
from safemigrate.schema.operations import AddCheck, AddPrimaryKey, DropConstraint, SetNotNull, ValidateConstraint


def prove_not_null(table: Name, column: str) -> tuple[Step, ...]:
    """SET NOT NULL without a scan under an exclusive lock: a check proves it, and goes when it has served.

    The rows must be filled before, and no writer may leave a NULL any more.
    """
    check = not_null_check(table, column)
    return (
        (AddCheck(table, check),),
        (ValidateConstraint(table, check.name),),
        (SetNotNull(table, column), DropConstraint(table, check.name)),
    )


def not_null_check(table: Name, column: str) -> Check:
    """The check, not yet valid, that proves *column* free of NULL.

    Its name is not the one that PostgreSQL 18 gives to the NOT NULL constraint itself (users_email_not_null),
    which would otherwise have to step aside.
    """
    expression = Expression(
        f"{quoted(column)} IS NOT NULL",
        volatility=Volatility.CONSTANT,
        columns=frozenset({column}),
        not_null=frozenset({column}),
    )
    return Check(shortened(f"{table.name}_{column}_not_null_check"), expression, valid=False)


def decided(site: Site, table: Name, column: str) -> str | None:
    """The expression that a person decided on for *column*, as ``table.column`` or with the schema in front."""
    return next((site.answers[key] for key in _keys(site, table, column) if key in site.answers), None)


def question(site: Site, table: Name, column: str, *, asks: str, example: str) -> Question:
    """The question whose answer decided() gives."""
    return Question(_keys(site, table, column), asks, example)


_EXAMPLES = {
    "boolean": "false",
    "date": "current_date",
    "timestamp with time zone": "now()",
    "timestamp without time zone": "localtimestamp",
    "uuid": "gen_random_uuid()",
    "json": "'{}'",
    "jsonb": "'{}'",
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), "0"),
}


def example_value(type_: Type | None) -> str:
    """An expression that a column of the type may take, to show what an answer looks like."""
    if type_ is None or type_.dimensions or type_.schema:
        return "'…'"
    return _EXAMPLES.get(type_.name, "'…'")


def _keys(site: Site, table: Name, column: str) -> tuple[str, ...]:
    names = (f"{table.name}.{column}", f"{site.before.resolve(table)}.{column}", f"{table}.{quoted(column)}")
    return tuple(dict.fromkeys(names))


def put_off(site: Site, change: str, *, deploy: str, proof: str) -> Split:
    """The first operation as it is, once the old version is gone."""
    return Split(
        consumes=frozenset({site.position}),
        change=change,
        contract=((site.operation,),),
        deploy=deploy,
        proof=proof,
    )


def waits_for_values(schema: Schema, key: AddPrimaryKey, column: str) -> bool:
    """Whether *key* is over *column*, whose rows get their values after the statement that added it.

    Its other columns are NOT NULL, and no other key stands in the way.
    """
    table = schema.table(key.table)
    if table is None or table.primary_key or column not in key.constraint.columns:
        return False
    found = table.columns.get(column)
    if found is None or found.born != schema.revision or table.born == schema.revision:
        return False
    own = found.generation is not None or (found.default is not None and found.default.volatility.rewrites)
    others = (table.columns.get(c) for c in key.constraint.columns if c != column)
    return own and all(other is not None and other.nullable is Answer.NO for other in others)
