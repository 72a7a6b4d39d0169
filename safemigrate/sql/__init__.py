"""Reads SQL: text comes in, operations, expressions and names go out.

This is the only home of sqlglot, and nothing of it leaves. The grammar is ours and stands on PostgreSQL's own
tokens (tokens, cursor); sqlglot's trees (trees, conditions) are asked for the columns of an expression and the
tables of a query (asked). What a statement means for a schema is not decided here, and no SQL is run or written: the
texts in operations are slices of the source.
"""

from __future__ import annotations

from safemigrate.sql.asked import (
    Selection,
    choice,
    condition_of,
    is_writable,
    may_meet,
    outcomes,
    selection,
    selects_less,
)
from safemigrate.sql.asked import called as functions_named
from safemigrate.sql.asked import columns as columns_named
from safemigrate.sql.expressions import calls_of, is_expression, joins_only, read_expression
from safemigrate.sql.functions import parameters
from safemigrate.sql.inserts import inserted
from safemigrate.sql.renaming import renamed
from safemigrate.sql.scripts import Piece, cut
from safemigrate.sql.sequences import owner_of_sequence
from safemigrate.sql.statements import parse_name, read, read_body

__all__ = [
    "Piece",
    "Selection",
    "calls_of",
    "choice",
    "columns_named",
    "condition_of",
    "cut",
    "functions_named",
    "inserted",
    "is_expression",
    "is_writable",
    "joins_only",
    "may_meet",
    "outcomes",
    "owner_of_sequence",
    "parameters",
    "parse_name",
    "read",
    "read_body",
    "read_expression",
    "renamed",
    "selection",
    "selects_less",
]
