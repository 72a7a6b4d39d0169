"""The function that keeps columns in step by expressions, as cheap as what is known of the columns allows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from safemigrate.rulebook.inverse import cast_of
from safemigrate.rulebook.retyping import KNOWN
from safemigrate.schema import Column, Name, Schema, Type
from safemigrate.schema.casts import equal_is_alike, takes_all
from safemigrate.schema.conversion import MADE, CreateConversionFunction, Expressions, is_copy
from safemigrate.schema.name import says

# a query would not see the variables of its own columns' names, a comment would end the assignment
_NO_ASSIGNMENT = re.compile(r"\bSELECT\b|--|/\*", re.IGNORECASE)
# what PL/pgSQL gives a trigger, and we our functions
_TAKEN = re.compile(rf"new|old|found|sqlstate|sqlerrm|{MADE}.*|tg_.*")


def conversion(
    before: Schema,
    table: Name,
    added: Iterable[Column],
    *,
    up: Expressions,
    down: Expressions = (),
    watched: Collection[str] = (),
) -> CreateConversionFunction:
    """The function that gives the *added* columns their values by *up*, and the old ones theirs by *down*.

    *watched* are the columns that the triggers of a function of one way compare beside the new ones.
    """
    known = before.table(table)
    assert known is not None
    columns = {**known.columns, **{column.name: column for column in added}}
    sides, texts = (*up, *down), [text for _, text in (*up, *down)]
    names = {*watched, *(name for name, _ in sides)}
    compared = [column for column in columns.values() if column.name in names]
    variables = [c for c in columns.values() if any(says(text, c.name) for text in texts) or (down and c in compared)]
    assigned = not down and all(map(is_copy, up))
    return CreateConversionFunction(
        table,
        up,
        down,
        types=() if assigned else _types(before, table, variables, texts),
        total=tuple(_total(before, table, columns, sides)),
        by_value=all(c.type is not None and equal_is_alike(c.type, c.collation) for c in compared),
    )


def _types(before: Schema, table: Name, variables: Iterable[Column], texts: list[str]) -> tuple[tuple[str, str], ...]:
    """The type of each column; nothing where a variable could not stand for one of them, or for the row."""
    row = re.compile(rf'(?<!\w)"?{re.escape(table.name)}"?(?!\s*\.)(?!\w)', re.IGNORECASE)
    if _TAKEN.fullmatch(table.name) or any(_NO_ASSIGNMENT.search(text) or row.search(text) for text in texts):
        return ()
    types = {column.name: column.type for column in variables}
    if any(_TAKEN.fullmatch(name) or not _is_plain(before, type_) for name, type_ in types.items()):
        return ()
    return tuple((name, type_.sql()) for name, type_ in types.items() if type_ is not None)


def _is_plain(before: Schema, type_: Type | None) -> bool:
    """Whether a variable of the type takes every value of a column of that type: a domain may refuse NULL."""
    if type_ is None or not type_.certain or type_.schema:
        return False
    return type_.name in KNOWN or _is_enum(before, type_)


def _is_enum(before: Schema, type_: Type) -> bool:
    return before.enums.get(before.resolve(Name(type_.name, type_.schema))) is not None


def _total(before: Schema, table: Name, columns: Mapping[str, Column], sides: Expressions) -> Iterator[str]:
    """The columns whose expression is a cast, or none, that takes every value."""
    for name, text in sides:
        found = cast_of(text, table, [column for column in columns if says(text, column)])
        if found is None:
            continue
        source, cast = columns[found[0]].type, found[1]
        types = [type_ for type_ in (source, cast or source, columns[name].type) if type_ is not None]
        if len(types) == 3 and all(_takes(before, one, other) for one, other in itertools.pairwise(types)):
            yield name


def _takes(before: Schema, old: Type, new: Type) -> bool:
    if not (_is_plain(before, old) and _is_plain(before, new)):
        return False
    if _is_enum(before, old) and not old.dimensions:
        return old == new or takes_all(Type("text"), new)
    return takes_all(old, new)
