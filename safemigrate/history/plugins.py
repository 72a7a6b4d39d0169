"""Operations that a project registers beside Alembic's own: what its env.py imports brings them."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from alembic.operations import Operations

_USED = re.compile(r"\b(?:op|batch_op)\.([a-z]\w*)")


def uses_custom_operations(text: str) -> bool:
    """Whether a revision's *text* names an operation that nobody has registered so far."""
    return any(not hasattr(Operations, name) for name in set(_USED.findall(text)))


def load_plugins(script_location: Path) -> None:
    """Import what env.py imports, as far as that can be done: env.py itself is not run."""
    for name in _imported(script_location / "env.py"):
        try:
            importlib.import_module(name)
        except Exception:
            # whatever the application does on import, a revision that misses an operation says so
            continue


def _imported(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
