"""A backfill as plain Python: batches by primary key, each committed by itself, needing nothing but Alembic."""

from __future__ import annotations

import json

from safemigrate.plan import python
from safemigrate.plan.python import INDENT, string, unbound
from safemigrate.schema import Name
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted

BATCH_ROWS = 1000


def declaration(update: o.Update, key: tuple[str, ...]) -> list[str]:
    """The lines of ``safemigrate_backfill``, by which apply knows the loop and runs it better."""
    assignments = ", ".join(f"{string(column)}: {string(value.sql())}" for column, value in update.assignments)
    where = update.where.sql() if update.where else "true"
    return [
        "# what upgrade() does, said so that safemigrate apply can throttle it, show it and take it up again",
        "safemigrate_backfill = {",
        f'{INDENT}"table": {string(update.table.sql())},',
        f'{INDENT}"set": {{{assignments}}},',
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
    names = [f"key{number}" for number in range(1, len(key) + 1)]
    table, columns = update.table.sql(), ", ".join(map(quoted, key))
    selected = ", ".join(f"{quoted(column)} AS {name}" for column, name in zip(key, names, strict=True))
    assignments = ", ".join(f"{quoted(column)} = {value.sql()}" for column, value in update.assignments)
    where = f"({update.where.sql()}) AND " if update.where else ""
    newest = ", ".join(f"{name} DESC" for name in names)
    row = f"({columns})" if len(key) > 1 else columns
    after = "(" + ", ".join(f":{name}" for name in names) + ")" if len(key) > 1 else f":{names[0]}"
    sql = f"""\
WITH batch AS (
    SELECT {selected} FROM {table} /* after */
    ORDER BY {columns} LIMIT {BATCH_ROWS} FOR NO KEY UPDATE
), filled AS (
    UPDATE {table} SET {assignments}
    WHERE {where}{row} IN (SELECT {", ".join(names)} FROM batch)
)
SELECT {", ".join(names)} FROM batch ORDER BY {newest} LIMIT 1"""
    return [
        *f"batch = {string(unbound(sql))}".split("\n"),
        "last = connection.execute(sa.text(batch)).mappings().first()",
        "while last is not None:",
        f'{INDENT}following = batch.replace("/* after */", "WHERE {row} > {after}")',
        f"{INDENT}last = connection.execute(sa.text(following), dict(last)).mappings().first()",
    ]


def _inspected(table: Name) -> str:
    return string(table.name) + (f", schema={string(table.schema)}" if table.schema else "")
