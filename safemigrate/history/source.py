"""The text of a revision's file: where a call stands, where its SQL literal begins, what becomes of its result."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

_Text = ast.Constant | ast.JoinedStr


class Source:
    """The source of one revision, parsed when first asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.filename = str(path)

    @cached_property
    def _lines(self) -> list[str]:
        return self.path.read_text("utf-8", "replace").splitlines()

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse(self.path.read_bytes())

    @cached_property
    def _calls(self) -> list[ast.Call]:
        return [node for node in ast.walk(self._tree) if isinstance(node, ast.Call)]

    def function_line(self, name: str) -> int:
        """Where the function *name* begins; 1 where there is none."""
        return next(
            (
                node.lineno
                for node in self._tree.body
                if getattr(node, "name", None) == name and hasattr(node, "lineno")
            ),
            1,
        )

    def literal_line(self, line: int, newlines: int) -> int | None:
        """The line on which the text begins that the call at *line* passes, if it is one literal over lines.

        *newlines* is how many the text has: a literal whose own count differs is not told line by line.
        """
        for call in self._calls_at(line):
            for text in self._texts(call):
                end = text.end_lineno or text.lineno
                if newlines and end - text.lineno == newlines and self._triple(text):
                    return text.lineno
        return None

    def discards_result(self, line: int) -> bool:
        """Whether the call at *line* stands for itself, as a statement or in a with."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _spans(node, line):
                return True
            if isinstance(node, ast.withitem) and _spans(node.context_expr, line):
                return isinstance(node.context_expr, ast.Call)
        return False

    def expects_import_error(self, line: int) -> bool:
        """Whether the import at *line* stands in a try that catches its absence."""
        return any(
            isinstance(node, ast.Try)
            and any(_spans(statement, line) for statement in node.body)
            and any(_catches_import_error(handler) for handler in node.handlers)
            for node in ast.walk(self._tree)
        )

    def _calls_at(self, line: int) -> Iterator[ast.Call]:
        """The calls around *line*, the narrowest first."""
        around = [call for call in self._calls if _spans(call, line)]
        yield from sorted(around, key=lambda call: (call.end_lineno or 0) - call.lineno)

    def _texts(self, call: ast.Call) -> Iterator[_Text]:
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            yield from (node for node in ast.walk(argument) if isinstance(node, ast.Constant | ast.JoinedStr))

    def _triple(self, text: _Text) -> bool:
        start = self._lines[text.lineno - 1].encode()[text.col_offset :].decode("utf-8", "replace")
        return start.lstrip("rRbBfFuU").startswith(('"""', "'''"))


def _spans(node: ast.expr | ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
