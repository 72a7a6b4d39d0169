"""The schema that a history did not make itself, from the text of a dump."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safemigrate.errors import SqlSyntaxError

if TYPE_CHECKING:
    from safemigrate.schema import Schema
    from safemigrate.sql import Piece

# pg_dump writes psql's own commands among the SQL: \restrict since August 2025, \connect with --create
_PSQL_COMMAND = re.compile(r"^\\.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Dump:
    """A database's schema as text, and the revisions whose effect it holds already."""

    sql: str
    revisions: frozenset[str] = frozenset()


def dumped_schema(sql: str) -> Schema:
    """The schema after *sql*, as ``pg_dump --schema-only`` writes it. What it does not make is not there.

    Raises:
        SqlSyntaxError: *sql* cannot be cut into statements.
    """
    # the reader of SQL is a large import, and few histories have a dump
    from safemigrate.schema import Schema, after
    from safemigrate.sql import read

    schema = Schema(complete=True)
    for piece in pieces(_PSQL_COMMAND.sub("", sql), "the schema"):
        for operation in read(piece.text):
            schema = after(operation, schema)
    return schema


def pieces(sql: str, where: str) -> Sequence[Piece]:
    """The statements of *sql*. Raises SqlSyntaxError, which says *where* the text comes from."""
    from safemigrate.sql import cut

    try:
        return cut(sql)
    except SqlSyntaxError as error:
        place = f"{where}:{error.line}:{error.column}" if error.line else where
        raise SqlSyntaxError(error.found, where=place, remedy=error.remedy) from None
