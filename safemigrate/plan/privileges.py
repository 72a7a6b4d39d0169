"""What undoes GRANT and REVOKE: everybody may do again what they could before, and nothing beside."""

from __future__ import annotations

from safemigrate.schema import Name, Schema, Table, after
from safemigrate.schema.operations import Grant, Revoke
from safemigrate.schema.privileges import expanded, others, restored


def privileges_restored(op: Grant, before: Schema) -> tuple[Grant, ...] | None:
    """The statements that undo a GRANT or REVOKE; None where a REVOKE may have taken what nobody knows of.

    Where it is not known whether somebody had before what a GRANT gave, the privilege stays: whoever had it needs it.
    """
    if isinstance(op, Revoke) and not _is_known(op, before):
        return None
    following = after(op, before)
    tables = [table for name, table in before.tables.items() if following.tables.get(name) is not table]
    return (
        *(each for table in tables for each in _on_table(table, following.tables[table.name])),
        *(
            each
            for on, name in others(op, before)
            for each in restored(on, name, before.grants.get((on, name), frozenset()), following.grants[on, name])
            if op.kind != "DEFAULT PRIVILEGES"
        ),
    )


def _on_table(was: Table, became: Table) -> tuple[Grant, ...]:
    return (
        *restored("TABLE", was.name, was.grants, became.grants),
        *(
            each
            for name, column in became.columns.items()
            if name in was.columns
            for each in restored("TABLE", was.name, was.columns[name].grants, column.grants, column=name)
        ),
    )


def _is_known(op: Revoke, before: Schema) -> bool:
    """Whether all that a REVOKE takes was granted by the history, or certainly never."""
    if op.kind == "DEFAULT PRIVILEGES" or op.cascade:
        return False
    if op.on in ("TABLE", "ALL TABLES IN SCHEMA"):
        # what default privileges gave to a new table stands in no statement on the table
        by_default = any(on.startswith("DEFAULT PRIVILEGES") for on, _ in before.grants)
        return op.on == "TABLE" and not by_default and all(_is_made(before, name) for name in op.names)
    keys = others(op, before)
    # everybody has some privileges that nobody granted
    return (
        bool(keys)
        and "public" not in op.roles
        and all(
            any(
                g.role == role and g.privilege in expanded([privilege], on) for g in before.grants.get((on, name), ())
            )
            for on, name in keys
            for role in op.roles
            for privilege in op.privileges
        )
    )


def _is_made(before: Schema, name: Name) -> bool:
    table = before.table(name)
    return table is not None and table.known
