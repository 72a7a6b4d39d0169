"""Expressions in which a column is called otherwise."""

from __future__ import annotations

from safemigrate.schema.name import quoted
from safemigrate.sql.expressions import read_expression
from safemigrate.sql.tokens import Kind, Unterminated, identifier, scan


def renamed(text: str, old: str, new: str) -> str | None:
    """*text* with the column *old* called *new*; None where nobody can say for certain which words mean it.

    *text* is an expression, or an element of an index, which may have COLLATE, an operator class and an order behind.
    """
    try:
        tokens = [token for token in scan(text) if token.kind is not Kind.END]
    except Unterminated:
        return None
    written, end = "", 0
    for place, token in enumerate(tokens):
        if token.kind not in (Kind.WORD, Kind.QUOTED) or identifier(text[token.start : token.end]) != old:
            continue
        before = tokens[place - 1].key if place else ""
        behind = tokens[place + 1].key if place + 1 < len(tokens) else ""
        if behind in ("(", ".") or before in ("::", "AS", "COLLATE"):
            # a function, a table or a type of that name
            return None
        written += text[end : token.start] + quoted(new)
        end = token.end
    result = written + text[end:]
    expected = {new if column == old else column for column in read_expression(text).columns}
    return result if read_expression(result).columns == expected else None
