"""A backfill as plain Python: batches by primary key, each committed by itself, needing nothing but Alembic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from safemigrate.alembic_plugin import batches
from safemigrate.alembic_plugin.batches import unbound
from safemigrate.plan import python
from safemigrate.plan.commute import Part
from safemigrate.plan.python import INDENT, string
from safemigrate.schema import Answer, Name, Schema, Table
from safemigrate.schema import operations as o


@dataclass(frozen=True, slots=True)
class Filling:
    """An UPDATE in batches by the primary key *key*, for a table that has the columns *needed*, of those that it may
    lack by then.

    *declared* is the Python that names its declaration, empty where the module has none. *key_goes* tells that the
    release goes on to rename the key or to drop it.
    """

    update: o.Update
    key: tuple[str, ...]
    needed: tuple[str, ...] = ()
    declared: str = ""
    key_goes: bool = False


_AT_ONCE = "# no primary key is known to go by: one statement, and apply takes batches if it finds a key"
#: the module's attribute by which apply knows the loops and runs them better
NAME = "safemigrate_backfill"


def fillings(updates: Sequence[o.Update], before: Schema, leaving: frozenset[Part], end: Schema) -> list[Filling]:
    """The backfills of a revision that declares them, in order; *before* is the schema that they start from.

    *leaving* are the columns that the release ends without, and *end* is the schema that it was written to end with:
    that of a database which ran it before it was split, where columns that are added for a while never were.
    """
    names = [NAME] if len(updates) == 1 else [f"{NAME}[{place}]" for place in range(len(updates))]
    tables = [before.table(update.table) for update in updates]
    return [
        Filling(
            update,
            table.primary_key if table else (),
            tuple(sorted(_may_lack(update, table, end))),
            name,
            key_goes=table is not None and any((table.name, column) in leaving for column in table.primary_key),
        )
        for update, table, name in zip(updates, tables, names, strict=True)
    ]


def _may_lack(update: o.Update, table: Table | None, end: Schema) -> Iterator[str]:
    for column in update.needed(table):
        if table is None or end.has_column(table.name, column) is not Answer.YES:
            yield column


def declaration(fillings: Sequence[Filling]) -> list[str]:
    """The lines of ``safemigrate_backfill``."""
    said = "# what upgrade() does, said so that safemigrate apply can throttle it, show it and take it up again"
    if len(fillings) == 1:
        first, *rest = _dictionary(fillings[0])
        return [said, f"{NAME} = {first}", *rest]
    each = [INDENT + line for filling in fillings for line in [*_dictionary(filling)[:-1], "},"]]
    return [said, f"{NAME} = [", *each, "]"]


def _dictionary(filling: Filling) -> list[str]:
    update = filling.update
    written = ", ".join(f"{string(column)}: {string(value)}" for column, value in assignments(update).items())
    return [
        "{",
        f'{INDENT}"table": {string(update.table.sql())},',
        f'{INDENT}"set": {{{written}}},',
        f'{INDENT}"where": {string(update.where.sql() if update.where else "true")},',
        f'{INDENT}"key": {json.dumps(list(filling.key))},',
        "}",
    ]


def loop(filling: Filling) -> list[str]:
    """The lines of a function body that fills the rows.

    Run again, it goes on with the rows that are left. A table without a known key is filled by one statement, and so
    is one whose key has another name by now, since it ran the release before it was split.
    """
    update, key, needed = filling.update, filling.key, filling.needed
    whole = python.call("connection.execute", f"sa.text({string(unbound(update.sql()))})")
    body = _batches(update, key) if key else [_AT_ONCE, *whole]
    if filling.key_goes:
        body = [*_where(key, body), "else:", *(INDENT + line for line in whole)]
    if needed:
        body = ["# where a column is gone, there is nothing left to fill from", *_where(needed, body)]
    if needed or filling.key_goes:
        body = [f"columns = sa.inspect(connection).get_columns({_inspected(update.table)})", *body]
    body = ["connection = op.get_bind()", *body]
    return ["with op.get_context().autocommit_block():", *(INDENT + line for line in body)]


def _where(columns: Sequence[str], body: Sequence[str]) -> list[str]:
    """*body*, where the table has all of *columns*."""
    named = ", ".join(string(column) for column in columns)
    return [f'if {{{named}}}.issubset(column["name"] for column in columns):', *(INDENT + line for line in body)]


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
