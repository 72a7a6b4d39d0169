"""Where a function may return before its end, by what it finds out of a database."""

from __future__ import annotations

import ast
from collections.abc import Iterable

#: what tells that SQL is written out and no database is there
_WRITTEN_OUT = frozenset({"as_sql", "is_offline_mode"})
#: calls that ask a database nothing about what is in it
_ASK_NOTHING = frozenset({"get_bind", "get_context", "is_offline_mode", "lower", "startswith"})


def return_line(node: ast.AST) -> int:
    """The line of a return, 0 for none; not where it hangs on the dialect, or on whether SQL is written out."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
            return 0
        case ast.Return():
            return node.lineno
        case ast.If() if _asks_no_database(node.test):
            within: Iterable[ast.AST] = (
                each for each in (*node.body, *node.orelse) if not isinstance(each, ast.Return)
            )
        case _:
            within = ast.iter_child_nodes(node)
    return next((line for each in within if (line := return_line(each))), 0)


def _asks_no_database(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp):
        return all(map(_asks_no_database, test.values))
    named = [getattr(each, "id", getattr(each, "attr", "")) for each in ast.walk(test)]
    called = [
        getattr(each.func, "id", getattr(each.func, "attr", ""))
        for each in ast.walk(test)
        if isinstance(each, ast.Call)
    ]
    return any("dialect" in name or name in _WRITTEN_OUT for name in named) and {*called} <= _ASK_NOTHING
