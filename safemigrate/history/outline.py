"""Modules of a project by their text: what a name is bound to at the top of one, and what it imports.

Only the statements that are asked for are parsed: a module of models is long, and one line of it is wanted.
"""

from __future__ import annotations

import ast
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

#: where a statement at the top begins; what closes a bracket or goes on with a compound statement does not
_BEGINS = re.compile(r"^(?![\s)\]}#]|except\b|else\b|elif\b|finally\b)", re.MULTILINE)
_IMPORTS = re.compile(
    r"^from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|^import[ \t]+([^\n]+)", re.MULTILINE
)
#: what is imported, without the names that it gets and the comments behind it
_NAMES = re.compile(r"(?:^|[,(])(?:\s|#[^\n]*\n)*([\w.]+)")
_COMPOUND = ("try", "if", "with")


class Outline:
    """A module's text, cut into its statements at the top."""

    def __init__(self, path: Path, text: str, package: str) -> None:
        self.path = path
        self.text = text
        #: the dotted name of the package that relative imports start from
        self.package = package

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def _pieces(self) -> tuple[tuple[int, str], ...]:
        """Where each statement begins, in characters, and its text."""
        starts = [found.start() for found in _BEGINS.finditer(self.text)]
        ends = [*starts[1:], len(self.text)]
        return tuple((start, self.text[start:end]) for start, end in zip(starts, ends, strict=True))

    def bound(self, name: str) -> ast.AST | None:
        """What *name* is bound to last: a value, a class, an import; None where it is not bound at the top."""
        binds = re.compile(
            rf"(?:class|def)\s+{name}\b|{name}\b\s*[:=]|(?:from|import|{'|'.join(_COMPOUND)})\b(?=(?s:.*)\b{name}\b)"
        )
        for start, piece in reversed(self._pieces):
            if binds.match(piece):
                for statement in reversed(self._parsed(start, piece)):
                    if (found := _bound(statement, name)) is not None:
                        return found
        return None

    def given(self, attribute: str) -> Iterator[ast.AST]:
        """What is assigned to *attribute* of anything."""
        for node in self._nodes(attribute):
            match node:
                case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name == attribute:
                    yield value

    def keywords(self, argument: str) -> Iterator[ast.AST]:
        """What is given to *argument* of any call."""
        for node in self._nodes(argument):
            match node:
                case ast.keyword(arg=name, value=value) if name == argument:
                    yield value

    def imports(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The modules that are imported in a line of their own, each with the names that are taken from it."""
        for found in _IMPORTS.finditer(self.text):
            dots, module, names, plain = found.groups()
            if plain:
                yield from ((name, ()) for name in _NAMES.findall(plain))
            else:
                yield self.absolute(len(dots), module), tuple(_NAMES.findall(names))

    def absolute(self, level: int, module: str) -> str:
        """The dotted name of *module*, *level* packages above this one; 0 is an absolute import."""
        if not level:
            return module
        above = self.package.split(".")
        return ".".join(filter(None, (*above[: len(above) - level + 1], module)))

    def _nodes(self, word: str) -> Iterator[ast.AST]:
        for start, piece in self._pieces:
            if word in piece:
                for statement in self._parsed(start, piece):
                    yield from ast.walk(statement)

    def _parsed(self, start: int, piece: str) -> list[ast.stmt]:
        """The statements of a piece; none where it is no Python, such as the middle of a long text."""
        try:
            statements = ast.parse(piece).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
        above = self.text.count("\n", 0, start)
        for statement in statements:
            ast.increment_lineno(statement, above)
        return statements


def _bound(statement: ast.AST, name: str) -> ast.AST | None:
    match statement:
        case ast.Assign(targets=targets, value=value):
            return value if any(isinstance(t, ast.Name) and t.id == name for t in targets) else None
        case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value):
            return value if bound == name else None
        case ast.ClassDef(name=bound) | ast.FunctionDef(name=bound):
            return statement if bound == name else None
        case ast.ImportFrom(names=names):
            return statement if any((each.asname or each.name) == name for each in names) else None
        case ast.Import(names=names):
            return statement if any((n.asname or n.name.partition(".")[0]) == name for n in names) else None
        case ast.Try() | ast.If() | ast.With():
            inside = [each for each in ast.iter_child_nodes(statement) if isinstance(each, ast.stmt)]
            # the last one counts: behind "if TYPE_CHECKING:" that is what runs
            found = (_bound(each, name) for each in reversed(inside))
            return next((each for each in found if each is not None), None)
    return None


class Outlines:
    """The modules below *folders*, each read once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._known: dict[str, Outline | None] = {}
        self._tops: dict[str, tuple[Path, ...]] = {}

    def at(self, path: Path, package: str = "") -> Outline | None:
        """The module of the file at *path*; None where it cannot be read."""
        try:
            return Outline(path, path.read_text("utf-8"), package)
        except (OSError, UnicodeDecodeError):
            return None

    def named(self, dotted: str) -> Outline | None:
        """The project's module *dotted*; None for one of somebody else."""
        if dotted not in self._known:
            self._known[dotted] = self._found(dotted)
        return self._known[dotted]

    def imported(self, statement: ast.ImportFrom, here: Outline) -> Outline | None:
        """The module that ``from … import`` names."""
        return self.named(here.absolute(statement.level, statement.module or ""))

    def below(self, statement: ast.ImportFrom, name: str, here: Outline, rest: str) -> Outline | None:
        """The module *name* of the package that ``from … import`` names, or that which *rest* names below it."""
        package = here.absolute(statement.level, statement.module or "")
        return self.named(".".join(filter(None, (package, name, rest))))

    def reached(self, start: Outline, *, most: int) -> tuple[Outline, ...]:
        """*start* and the project's modules that it imports, and so on, the nearest first."""
        found: dict[Path, Outline] = {start.path: start}
        ahead = deque([start])
        while ahead and len(found) < most:
            here = ahead.popleft()
            for each in self._imported_by(here):
                if each.path not in found and len(found) < most:
                    found[each.path] = each
                    ahead.append(each)
        return tuple(found.values())

    def beside(self, root: Path, *, most: int) -> tuple[Outline, ...]:
        """The modules of *root* and of the packages in it."""
        paths = [*sorted(root.glob("*.py")), *sorted(root.glob("*/__init__.py"))]
        packages = [path.parent for path in paths if path.name == "__init__.py"]
        paths += [path for package in packages for path in sorted(package.glob("*.py")) if path not in paths]
        return tuple(each for path in paths[:most] if (each := self.at(path)) is not None)

    def _imported_by(self, here: Outline) -> Iterator[Outline]:
        """The project's modules that the imports of one run."""
        for dotted, names in here.imports():
            module = self.named(dotted)
            if module is not None:
                yield module
                if module.is_package:
                    yield from filter(None, (self.named(f"{dotted}.{name}") for name in names))

    def _found(self, dotted: str) -> Outline | None:
        parts = dotted.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for folder in self._folders_of(parts[0]):
            place = os.path.join(folder, *parts)
            if os.path.isfile(package := os.path.join(place, "__init__.py")):
                return self.at(Path(package), dotted)
            if os.path.isfile(f"{place}.py"):
                return self.at(Path(f"{place}.py"), ".".join(parts[:-1]))
        return None

    def _folders_of(self, first: str) -> tuple[Path, ...]:
        """Where a module or a package *first* is: most of what a project imports is somebody else's."""
        if first not in self._tops:
            places = [(each, os.path.join(each, first)) for each in self._folders]
            self._tops[first] = tuple(e for e, at in places if os.path.isdir(at) or os.path.isfile(f"{at}.py"))
        return self._tops[first]
