"""The text of a revision's file: where a call stands, where its SQL literal begins, what becomes of its result."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import CodeType, FrameType

from safemigrate.history.constants import Constant, constants

_Text = ast.Constant | ast.JoinedStr


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where an expression stands: lines from 1, columns in bytes from 0, as Python counts them."""

    line: int
    end_line: int
    column: int
    end_column: int

    @classmethod
    def of(cls, node: ast.expr) -> Span:
        return cls(node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0)

    @classmethod
    def running(cls, frame: FrameType) -> Span:
        """The expression that *frame* is at."""
        return cls(*(position or 0 for position in _positions(frame.f_code)[frame.f_lasti // 2]))


@cache
def _positions(code: CodeType) -> tuple[tuple[int | None, int | None, int | None, int | None], ...]:
    return tuple(code.co_positions())


class Source:
    """The source of one revision, parsed when first asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.filename = str(path)

    @cached_property
    def text(self) -> str:
        """The file's text; what is not UTF-8 in it is replaced."""
        return self.path.read_text("utf-8", "replace")

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.path.read_bytes())

    @cached_property
    def constants(self) -> frozenset[Constant]:
        """The constants that stand in the file."""
        return constants(self.tree)

    def function_line(self, name: str) -> int:
        """Where the function *name* begins; 1 where there is none."""
        return next(
            (
                node.lineno
                for node in self.tree.body
                if getattr(node, "name", None) == name and hasattr(node, "lineno")
            ),
            1,
        )

    def literal_line(self, call: Span, newlines: int) -> int | None:
        """The line on which the text begins that *call* passes, if it is one literal over several lines.

        *newlines* is how many the text has: a literal whose own count differs is not told line by line.
        """
        for text in self._texts(call):
            end = text.end_lineno or text.lineno
            if newlines and end - text.lineno == newlines and self._triple(text):
                return text.lineno
        return None

    def discards_result(self, call: Span) -> bool:
        """Whether nothing is done with what *call* returns, or it is what a ``with`` enters."""
        return call in self._discarded

    @cached_property
    def _discarded(self) -> frozenset[Span]:
        nodes = list(ast.walk(self.tree))
        alone = {Span.of(node.value) for node in nodes if isinstance(node, ast.Expr)}
        return frozenset(alone | {Span.of(node.context_expr) for node in nodes if isinstance(node, ast.withitem)})

    def expects_import_error(self, line: int) -> bool:
        """Whether the import at *line* stands in a try that catches its absence."""
        return any(_spans(statement, line) for statement in self._tried_imports)

    @cached_property
    def _tried_imports(self) -> list[ast.stmt]:
        tries = [node for node in ast.walk(self.tree) if isinstance(node, ast.Try)]
        return [each for node in tries if any(map(_catches_import_error, node.handlers)) for each in node.body]

    def _texts(self, call: Span) -> Iterator[_Text]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and Span.of(node) == call:
                for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                    yield from (each for each in ast.walk(argument) if isinstance(each, ast.Constant | ast.JoinedStr))

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


@cache
def source_of(filename: str) -> Source:
    """The source of a file; it does not change while a process reads revisions."""
    return Source(Path(filename))


def literals(path: Path) -> dict[str, object]:
    """The literals that a module gives to names, and to those of its classes: ``{"LIMIT": 5, "User.table": "u"}``."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return {}
    return dict(_literals(tree.body, ""))


def _literals(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, object]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _literals(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = _literal(node.value)
            yield from ((prefix + target.id, value) for target in targets if isinstance(target, ast.Name) if value)


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None
