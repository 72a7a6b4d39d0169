"""naming-convention: see naming_convention.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Site
from safemigrate.rulebook.parts import columns_of, constraints_of
from safemigrate.schema import Check, ForeignKey, Name, PrimaryKey, Unique
from safemigrate.schema.operations import CreateIndex, CreateTable, RenameColumn, RenameIndex, RenameTable

_KINDS = {Check: "check", ForeignKey: "foreign_key", PrimaryKey: "primary_key", Unique: "unique"}

#: the kind of what is named, its name, its table and its columns
Given = tuple[str, str, str, tuple[str, ...]]


def check(site: Site) -> Iterable[Hit]:
    """Names that are not as the project's patterns have them. What PostgreSQL names is not judged."""
    for at, placed in enumerate(site.operations):
        for kind, name, table, columns in _given(placed):
            pattern = site.policy.naming.get(kind)
            if pattern is None or not name:
                continue
            wanted = pattern.replace("{table}", re.escape(table)).replace("{columns}", re.escape("_".join(columns)))
            if not re.fullmatch(wanted, name):
                yield Hit(
                    frozenset({Hazard.ADVICE}),
                    at=at,
                    message=f"{name} is not named as the project names a {kind.replace('_', ' ')}: {wanted}.",
                )


def _given(placed: Placed) -> Iterator[Given]:
    op, before = placed.operation, placed.before
    table = getattr(op, "table", None)
    name = table.name if isinstance(table, Name) else ""
    match op:
        case CreateTable():
            yield "table", name, name, ()
        case RenameTable(new_name=new_name):
            yield "table", new_name, new_name, ()
        case RenameColumn(new_name=new_name):
            yield "column", new_name, name, ()
        case CreateIndex(index=index):
            yield "index", index.name, name, index.columns
        case RenameIndex(index=index_name, new_name=new_name):
            known = before.index_table(index_name)
            if known is not None:
                yield "index", new_name, known.name.name, known.indexes[index_name.name].columns
        case _:
            pass
    yield from (("column", column.name, name, ()) for column in columns_of(op))
    for constraint in constraints_of(op):
        kind = _KINDS.get(type(constraint))
        if kind is not None:
            yield kind, constraint.name, name, tuple(getattr(constraint, "columns", ()))
