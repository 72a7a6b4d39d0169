"""The schema that a history did not make itself, from the text of a dump."""

from __future__ import annotations

import re

from safemigrate.schema import Schema, after
from safemigrate.sql import cut, read

# pg_dump writes psql's own commands among the SQL: \restrict since August 2025, \connect with --create
_PSQL_COMMAND = re.compile(r"^\\.*$", re.MULTILINE)


def baseline(sql: str) -> Schema:
    """The schema after *sql*, as ``pg_dump --schema-only`` writes it. What it does not make is not there."""
    schema = Schema(complete=True)
    for piece in cut(_PSQL_COMMAND.sub("", sql)):
        for operation in read(piece.text):
            schema = after(operation, schema)
    return schema
