"""What names a column or calls a function from outside of its table: policies, publications, views."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook.refusals.named import calls, policy_reads
from safemigrate.schema import Name, Operation, Schema
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted, says
from safemigrate.schema.objects import Made
from safemigrate.sql import columns_named, read, selection

_UNDERSTOOD = re.compile(r"\bBEGIN\s+ATOMIC\b|\bRETURN\b(?!S)", re.IGNORECASE)
_CALLING = ("POLICY", "VIEW", "MATERIALIZED VIEW")


def naming(before: Schema, table: Name, column: str, *, listed: bool = True) -> Iterator[str]:
    """The policies and publications that need the column; those that only list it where *listed*."""
    target = before.resolve(table)
    for key in before.made:
        if key.kind == "POLICY" and key.on is not None and _says(before, key, column):
            own = before.same(key.on, target)
            for op in _made(before, key):
                if isinstance(op, o.CreatePolicy | o.ChangePolicy) and _reads(op, target, column, before, own=own):
                    yield f"the policy {quoted(key.name.name)} of {key.on}"
                    break
        if key.kind in ("FUNCTION", "PROCEDURE") and _says(before, key, column):
            for op in _made(before, key):
                if isinstance(op, o.CreateFunction) and (target, column) in _kept(op, before):
                    yield f"the {key.kind.lower()} {key.name}"
    for publication in before.publications.values():
        part = publication.parts.get(target, "")
        columns, _, condition = part.partition(" WHERE ")
        if says(condition, column) or (listed and says(columns, column)):
            yield f"the publication {publication.name}"


def calling(before: Schema, function: Name) -> Iterator[str]:
    """The policies and views that call the only function of that name."""
    for key in before.made:
        if key.kind in _CALLING and _says(before, key, function.name):
            called = {call for op in _made(before, key) for call in calls(op)}
            if any(finds(before, call, function) for call in called):
                on = f" of {key.on}" if key.on is not None else ""
                yield f"The {key.kind.lower()} {key.name}{on}"


def finds(before: Schema, call: Name, function: Name) -> bool:
    """Whether a call by that name finds the function."""
    if call.schema is not None:
        return call == function
    return call.name == function.name and function.schema in before.search_path


def _says(before: Schema, key: Made, word: str) -> bool:
    return any(says(text, word) for text in before.made[key])


def _made(before: Schema, key: Made) -> Iterator[Operation]:
    for text in before.made[key]:
        yield from read(text)


def _kept(function: o.CreateFunction, before: Schema) -> frozenset[tuple[Name, str]]:
    """The columns that a function reads whose body PostgreSQL keeps as it understood it, and not as a text."""
    kept = function.language == "sql" and _UNDERSTOOD.search(function.text) is not None
    found = selection(function.body.rstrip("; \n")) if kept else None
    return frozenset((before.resolve(table), column) for table, column in (found.reads if found else ()) if table)


def _reads(policy: o.CreatePolicy | o.ChangePolicy, table: Name, column: str, before: Schema, *, own: bool) -> bool:
    if own and any(column in (columns_named(condition) or ()) for condition in policy.conditions):
        return True
    reads = {(before.resolve(name), read) for name, read in policy_reads(policy) if name is not None}
    return (table, column) in reads
