"""The text of an authored revision, cut where its upgrade() and downgrade() can be changed."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safemigrate.errors import SplitRefused


@dataclass(frozen=True, slots=True)
class Block:
    """A statement of a function body, with the comments above it. Lines are 1-based and inclusive.

    *plain* says that it runs once, as it stands: no if, loop or try decides about it.
    """

    first: int
    last: int
    comments: tuple[str, ...]
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A revision file. *upgrade* are the statements of its upgrade(), its docstring aside."""

    path: Path
    lines: tuple[str, ...]
    tree: ast.Module
    upgrade: tuple[Block, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names that the module's imports bind."""
        found: set[str] = set()
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        return frozenset(found)


def read_source(path: Path) -> Source:
    """The file at *path*. Raises SplitRefused where it has no plain ``def upgrade()`` to rewrite."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    lines = tuple(text.splitlines())
    function = function_of(tree, "upgrade")
    if function is None:
        raise SplitRefused(
            "there is no plain def upgrade() to rewrite.",
            where=str(path),
            remedy="Write the function in the revision's own file.",
        )
    return Source(path, lines, tree, _blocks(text, lines, function))


def function_of(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The function *name* of the module itself."""
    return next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)


def replaced(source: Source, bodies: Mapping[str, Sequence[str]], declarations: Sequence[str]) -> str:
    """The text with other bodies for some functions, *declarations* after the identifiers, and the imports they need.

    A docstring of a function stays. A function that is not there is added at the end.
    """
    edits: list[tuple[int, int, list[str]]] = []
    for name, body in bodies.items():
        function = function_of(source.tree, name)
        lines = [f"    {line}" if line else "" for line in body] or ["    pass"]
        if function is None:
            edits.append((len(source.lines), len(source.lines), ["", "", f"def {name}() -> None:", *lines]))
            continue
        first = _body(function)[0] if _body(function) else None
        start = first.lineno if first else (function.end_lineno or function.lineno) + 1
        start = _with_comments(source.lines, start, function.lineno)
        edits.append((start - 1, function.end_lineno or function.lineno, lines))
    after = _identifiers_end(source.tree)
    edits.append((after, after, ["", *declarations]))
    missing = [
        line
        for name, line in (("op", "from alembic import op"), ("sa", "import sqlalchemy as sa"))
        if name not in source.names
    ]
    if missing:
        place = _imports_end(source.tree)
        edits.append((place, place, missing))
    lines_now = list(source.lines)
    for start, end, new in sorted(edits, reverse=True, key=lambda edit: edit[0]):
        lines_now[start:end] = new
    return "\n".join(lines_now).rstrip() + "\n"


def with_parent(path: Path, down: str) -> str:
    """The text of the revision at *path*, built on *down* instead. Its own words stay as they are.

    Raises SplitRefused where down_revision is not written as a literal.
    """
    text = path.read_text("utf-8")
    node = next((each for each in ast.parse(text).body if _assigns(each, "down_revision")), None)
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.Constant) or value.lineno != value.end_lineno:
        raise SplitRefused(
            "down_revision is not one literal, so it cannot be rewritten.",
            where=str(path),
            remedy='Write it as down_revision = "…".',
        )
    lines = text.split("\n")
    line = lines[value.lineno - 1].encode()
    written = line[: value.col_offset] + json.dumps(down).encode() + line[value.end_col_offset :]
    lines[value.lineno - 1] = written.decode()
    # what Alembic's template says of it in the docstring
    return re.sub(r"^Revises: .*$", f"Revises: {down}", "\n".join(lines), count=1, flags=re.MULTILINE)


def _assigns(node: ast.stmt, name: str) -> bool:
    targets = (
        node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    )
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    body = function.body
    is_docstring = (
        isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )
    return body[1:] if is_docstring else body


def _blocks(text: str, lines: Sequence[str], function: ast.FunctionDef) -> tuple[Block, ...]:
    comments = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and lines[token.start[0] - 1].lstrip().startswith("#")
    }
    blocks = []
    for node in _body(function):
        first = node.lineno
        while first - 1 in comments:
            first -= 1
        last = node.end_lineno or node.lineno
        own = tuple(lines[i - 1].strip() for i in range(first, node.lineno))
        written = _dedented(lines[node.lineno - 1 : last], node.col_offset)
        blocks.append(Block(node.lineno, last, own, written, _runs_once(node)))
    return tuple(blocks)


def _runs_once(node: ast.stmt) -> bool:
    """An expression, or a with block of such: batch_alter_table and autocommit_block."""
    if isinstance(node, ast.With):
        return all(map(_runs_once, node.body))
    return isinstance(node, ast.Expr)


def _dedented(lines: Sequence[str], columns: int) -> str:
    return "\n".join(line[columns:] if not line[:columns].strip() else line.lstrip() for line in lines)


def _with_comments(lines: Sequence[str], start: int, stop: int) -> int:
    """The first line of the comments right above *start*."""
    while start - 1 > stop and lines[start - 2].lstrip().startswith("#"):
        start -= 1
    return start


def _identifiers_end(tree: ast.Module) -> int:
    """The line after which a new module attribute stands well: the last assignment above the functions."""
    end = _imports_end(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            break
        if isinstance(node, ast.Assign | ast.AnnAssign):
            end = node.end_lineno or end
    return end


def _imports_end(tree: ast.Module) -> int:
    ends = [node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    docstring = tree.body[0].end_lineno if tree.body and isinstance(tree.body[0], ast.Expr) else 0
    return max(ends, default=docstring or 0)
