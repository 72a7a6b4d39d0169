"""Branches that would send something and sent nothing: what a look at the live schema decided in silence."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

_OPERATIONS = frozenset(
    """add_column alter_column drop_column create_table drop_table rename_table create_index drop_index
    create_foreign_key create_unique_constraint create_check_constraint create_primary_key
    create_exclude_constraint drop_constraint bulk_insert create_table_comment""".split()
)
_NO_OPERATIONS = frozenset("get_bind get_context f batch_alter_table".split())
#: a branch for another database, or for SQL scripts, is not the live schema's to decide
_KNOWN = ("dialect", "offline", "sqlite", "mysql", "mariadb", "postgres", "oracle", "mssql")

_Branch = ast.If | ast.For


def silent_branches(tree: ast.Module, function: str, lines: Collection[int]) -> list[int]:
    """The lines of the conditions and loops that *function* reaches, that hold operations, and that sent none.

    *lines* are those that sent something. Of branches inside one another only the outermost is given.
    """
    return [branch.lineno for body in _reached(tree, function) for branch in _silent(body.body, lines)]


def _silent(body: list[ast.stmt], lines: Collection[int]) -> Iterator[_Branch]:
    for node in body:
        sends = any(node.lineno <= line <= (node.end_lineno or 0) for line in lines)
        if isinstance(node, _Branch) and not sends and _holds_operations(node) and not _for_another(node):
            yield node
            continue
        if isinstance(node, ast.FunctionDef):
            continue
        for inner in ("body", "orelse", "finalbody"):
            yield from _silent(getattr(node, inner, []), lines)
        for handler in getattr(node, "handlers", []):
            yield from _silent(handler.body, lines)


def _holds_operations(branch: _Branch) -> bool:
    return any(isinstance(node, ast.Call) and _is_operation(node.func) for node in ast.walk(branch))


def _is_operation(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute):
        return False
    on_op = isinstance(called.value, ast.Name) and called.value.id == "op"
    return called.attr in _OPERATIONS or (on_op and called.attr not in _NO_OPERATIONS)


def _for_another(branch: _Branch) -> bool:
    condition = ast.unparse(branch.test if isinstance(branch, ast.If) else branch.iter).lower()
    return any(word in condition for word in _KNOWN)


def _reached(tree: ast.Module, function: str) -> list[ast.FunctionDef]:
    """The functions of the module that *function* names, and those that they name, itself first."""
    defined = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    reached: dict[str, ast.FunctionDef] = {}
    ahead = [function]
    while ahead:
        name = ahead.pop()
        if name in defined and name not in reached:
            reached[name] = defined[name]
            ahead += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    return list(reached.values())
