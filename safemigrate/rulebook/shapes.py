"""Steps that several rules take: shapes of a safe change that are not the business of one of them."""

from __future__ import annotations

from safemigrate.rulebook.site import Question, Site, Split, Step
from safemigrate.schema import Check, Expression, Name, Type, Volatility
from safemigrate.schema.name import quoted, shortened
from safemigrate.schema.operations import AddCheck, DropConstraint, SetNotNull, ValidateConstraint


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
