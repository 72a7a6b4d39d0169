"""Calls of a function that is made anew: whether they find it, and get what they got."""

from __future__ import annotations

import re

from safemigrate.schema import Answer
from safemigrate.schema.objects import bare
from safemigrate.schema.operations import CreateFunction

# what PostgreSQL casts in a call without being asked (pg_cast, castcontext "i"), each to all that stand behind it
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TEXTS = ("character", "character varying", "text")
_TIMES = ("date", "timestamp without time zone", "timestamp with time zone")
_CASTS = frozenset(
    (given, wanted)
    for chain in (_NUMBERS, _TEXTS, _TIMES)
    for at, given in enumerate(chain)
    for wanted in chain[at + 1 :]
) | {("text", "character varying"), ("text", "character"), ("character varying", "character")}
_SCHEMA_BEFORE = re.compile(r"\b\w+\.(?=\w)")


def takes_as_many(function: CreateFunction, arguments: tuple[str, ...]) -> bool:
    """Whether a call with that many arguments fits: those with a default may be left out."""
    return function.required <= len(arguments) <= len(function.arguments)


def takes(function: CreateFunction, arguments: tuple[str, ...]) -> bool:
    """Whether a call with arguments of these types certainly finds the function."""
    return takes_as_many(function, arguments) and all(
        _casts(bare(given), bare(wanted)) for given, wanted in zip(arguments, function.arguments, strict=False)
    )


def same_result(old: str, new: str) -> Answer:
    """Whether a function that returned *old* returns the same as *new*."""
    if not (old and new) or "%TYPE" in old + new:
        return Answer.UNKNOWN
    return Answer.of(_SCHEMA_BEFORE.sub("", old) == _SCHEMA_BEFORE.sub("", new))


def _casts(given: str, wanted: str) -> bool:
    return given == wanted or (given, wanted) in _CASTS or wanted.startswith("any")
