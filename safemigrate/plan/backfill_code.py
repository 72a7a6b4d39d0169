"""A backfill as plain Python: batches by primary key, each committed by itself, needing nothing but Alembic."""

from __future__ import annotations

import json

from safemigrate.alembic_plugin import batches
from safemigrate.alembic_plugin.batches import unbound
from safemigrate.plan import python
from safemigrate.plan.python import INDENT, string
from safemigrate.schema import Name
from safemigrate.schema import operations as o


def declaration(update: o.Update, key: tuple[str, ...]) -> list[str]:
    """The lines of ``safemigrate_backfill``, by which apply knows the loop and runs it better."""
    written = ", ".join(f"{string(column)}: {string(value)}" for column, value in assignments(update).items())
    where = update.where.sql() if update.where else "true"
    return [
        "# what upgrade() does, said so that safemigrate apply can throttle it, show it and take it up again",
        "safemigrate_backfill = {",
        f'{INDENT}"table": {string(update.table.sql())},',
        f'{INDENT}"set": {{{written}}},',
        f'{INDENT}"where": {string(where)},',
        f'{INDENT}"key": {json.dumps(list(key))},',
        "}",
    ]


def loop(update: o.Update, key: tuple[str, ...], *, needed: tuple[str, ...] = ()) -> list[str]:
    """The lines of a function body that fills the rows of *update*, if the table has the columns *needed*.

    Run again, it goes on with the rows that are left. A table without a known key is filled by one statement.
    """
    body = (
        _batches(update, key)
        if key
        else python.call("connection.execute", f"sa.text({string(unbound(update.sql()))})")
    )
    if needed:
        named = ", ".join(string(column) for column in needed)
        body = [
            f"columns = sa.inspect(connection).get_columns({_inspected(update.table)})",
            "# where a column is gone, there is nothing left to fill from",
            f'if {{{named}}}.issubset(column["name"] for column in columns):',
            *(INDENT + line for line in body),
        ]
    body = ["connection = op.get_bind()", *body]
    return ["with op.get_context().autocommit_block():", *(INDENT + line for line in body)]


def _batches(update: o.Update, key: tuple[str, ...]) -> list[str]:
    table, where = update.table.sql(), update.where.sql() if update.where else "true"
    sql = batches.batch(table, assignments(update), where, key, batches.BATCH_ROWS)
    return [
        *f"batch = {string(unbound(sql))}".split("\n"),
        "last = connection.execute(sa.text(batch)).mappings().first()",
        "while last is not None:",
        f'{INDENT}following = batch.replace("{batches.AFTER}", {string(batches.after(key))})',
        f"{INDENT}last = connection.execute(sa.text(following), dict(last)).mappings().first()",
    ]


def assignments(update: o.Update) -> dict[str, str]:
    """The expressions of *update* by column name, as SQL."""
    return {column: value.sql() for column, value in update.assignments}


def _inspected(table: Name) -> str:
    return string(table.name) + (f", schema={string(table.schema)}" if table.schema else "")
