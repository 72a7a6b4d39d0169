"""A view that stands in for a table or view which is called otherwise, or lies elsewhere, from now on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from safemigrate.rulebook.site import Refusal, Site
from safemigrate.schema import Name, Operation, Table
from safemigrate.schema.name import quoted, quoted_all
from safemigrate.sql import read

#: the first version whose views can ask for the rights, and the row policies, of those who use them
SINCE_INVOKER = 15
#: what a view can be used for
_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")


def view_in_place(site: Site, old: Name, new: Name) -> tuple[Operation, ...] | Refusal:
    """A view called *old* of *new*, which is the relation that had that name, and the privileges that it had."""
    table, view = site.before.table(old), site.before.view(old)
    invokes = site.postgres is not None and site.postgres >= SINCE_INVOKER
    if table is not None and table.row_security and not invokes:
        return Refusal(
            f"{old} has row security, which a view of it passes by before PostgreSQL {SINCE_INVOKER}.",
            f"Where the server is newer, say so: postgres = {SINCE_INVOKER} in the configuration.",
        )
    known = tuple(table.columns) if table is not None and table.known else ()
    # where the history does not know every column, PostgreSQL does
    columns = ", ".join(map(quoted, known or (view.columns if view is not None else ()))) or "*"
    options = " WITH (security_invoker = true)" if invokes else ""
    made = read(f"CREATE VIEW {old.sql()}{options} AS SELECT {columns} FROM {new.sql()}")
    return (*made, *(_grants(old, table) if table is not None else ()))


def _grants(view: Name, table: Table) -> Iterator[Operation]:
    """The privileges on the table and on its columns, given on the view."""
    held: dict[tuple[str, str], list[str]] = {}
    for granted in table.grants:
        held.setdefault((granted.role, ""), []).append(granted.privilege)
    for column in table.columns.values():
        for granted in column.grants:
            held.setdefault((granted.role, granted.privilege), []).append(column.name)
    for (role, privilege), found in sorted(held.items()):
        named = f"{privilege} {quoted_all(tuple(found))}" if privilege else ", ".join(_usable(found))
        if named and (not privilege or privilege in _PRIVILEGES):
            yield from read(f"GRANT {named} ON {view.sql()} TO {_role(role)}")


def _usable(privileges: Collection[str]) -> list[str]:
    return [privilege for privilege in _PRIVILEGES if privilege in privileges]


def _role(role: str) -> str:
    return role.upper() if role in ("public", "current_user", "session_user", "current_role") else quoted(role)
