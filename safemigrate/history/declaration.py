"""What a revision's file declares of itself, read from its text: nothing of it is run."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safemigrate.errors import BadDeclaration, NoRevisionId, RevisionSyntax
from safemigrate.history.statement import Phase, Revision

#: the attributes of a revision's module that we, or Alembic, look at
ATTRIBUTES = (
    "revision",
    "down_revision",
    "branch_labels",
    "depends_on",
    "safemigrate_phase",
    "safemigrate_backfill",
    "safemigrate_answers",
)
_HEXADECIMAL_FILE = re.compile(r"([a-f0-9]+)\.py")


@dataclass(frozen=True, slots=True)
class Declaration:
    """The attributes of one file with their lines. *computed* are those that only running the file can tell."""

    path: Path
    values: Mapping[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()
    title: str = ""
    digest: str = ""

    def where(self, attribute: str) -> str:
        """The place of an attribute, for a message."""
        return f"{self.path}:{self.lines.get(attribute, 1)}"

    def revision(self) -> Revision:
        """The declaration as a value.

        Raises:
            BadDeclaration: an attribute is not what Alembic or safemigrate takes.
        """
        return Revision(
            id=self._id(),
            down=self._ids("down_revision"),
            path=self.path,
            phase=self._phase(),
            backfills=self._backfills(),
            answers=self._answers(),
            labels=frozenset(self._ids("branch_labels")),
            depends_on=self._ids("depends_on"),
            title=self.title,
            phased=self._phase() is not None,
            digest=self.digest,
        )

    def _id(self) -> str:
        value = self.values.get("revision")
        if isinstance(value, str) and value:
            return value
        if value is None and (legacy := _HEXADECIMAL_FILE.fullmatch(self.path.name)):
            return legacy[1]
        if value is None:
            raise NoRevisionId(self.path)
        raise BadDeclaration(self.where("revision"), "revision", value, "a string")

    def _ids(self, attribute: str) -> tuple[str, ...]:
        value = self.values.get(attribute)
        if value is None or value == "":
            return ()
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value):
            return tuple(sorted(value)) if isinstance(value, set | frozenset) else tuple(value)
        raise BadDeclaration(self.where(attribute), attribute, value, "a string, a tuple of strings or None")

    def _phase(self) -> Phase | None:
        value = self.values.get("safemigrate_phase")
        if value is None:
            return None
        if value not in set(Phase):
            known = ", ".join(f'"{phase}"' for phase in Phase)
            raise BadDeclaration(self.where("safemigrate_phase"), "safemigrate_phase", value, f"one of {known}")
        return Phase(str(value))

    def _backfills(self) -> tuple[Mapping[str, object], ...]:
        value = self.values.get("safemigrate_backfill")
        several = value if isinstance(value, list | tuple) else [] if value is None else [value]
        if all(isinstance(each, dict) for each in several):
            return tuple(several)
        expected = "a dictionary, or a list of dictionaries"
        raise BadDeclaration(self.where("safemigrate_backfill"), "safemigrate_backfill", value, expected)

    def _answers(self) -> Mapping[str, str]:
        value = self.values.get("safemigrate_answers")
        if value is None:
            return {}
        if isinstance(value, dict) and all(isinstance(text, str) for pair in value.items() for text in pair):
            return value
        expected = """a dictionary of SQL expressions: {"orders.currency": "'EUR'"}"""
        raise BadDeclaration(self.where("safemigrate_answers"), "safemigrate_answers", value, expected)


def declaration(path: Path) -> Declaration:
    """What the file at *path* declares.

    Raises:
        RevisionSyntax: it is not Python.
    """
    return declaration_in(path, path.read_bytes())


def declaration_in(path: Path, source: bytes) -> Declaration:
    """What *source* declares, which is all that the file at *path* holds. Raises as declaration() does."""
    try:
        tree = ast.parse(source, filename=str(path))
    except (RecursionError, MemoryError):
        raise RevisionSyntax(path, 1, "it is nested too deeply to be read") from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise RevisionSyntax(path, line, getattr(error, "msg", None) or str(error)) from error
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    computed: set[str] = set()
    for name, value in _assignments(tree):
        if name in ATTRIBUTES:
            lines[name] = value.lineno
        try:
            values[name] = values[value.id] if isinstance(value, ast.Name) else ast.literal_eval(value)
            computed.discard(name)
        except (ValueError, TypeError, KeyError, MemoryError, RecursionError):
            computed.add(name)
    return Declaration(
        path=path,
        values={name: value for name, value in values.items() if name in ATTRIBUTES},
        lines=lines,
        computed=frozenset(computed & set(ATTRIBUTES)),
        title=_title(ast.get_docstring(tree)),
        digest=hashlib.sha256(source).hexdigest(),
    )


def _assignments(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """The assignments to plain names at the top of a module, in order."""
    found: list[tuple[str, ast.expr]] = []
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found.append((node.target.id, node.value))
        elif isinstance(node, ast.Assign):
            found += [pair for target in node.targets for pair in _pairs(target, node.value)]
        elif isinstance(node, ast.If | ast.Try | ast.With):
            # what stands under a condition is known only once it runs
            names = (name for name in ast.walk(node) if isinstance(name, ast.Name))
            found += [(name.id, name) for name in names if isinstance(name.ctx, ast.Store)]
    return found


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    """The names that *target* gives, each with what it becomes: itself where only running the file can tell."""
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if not isinstance(target, ast.Tuple | ast.List):
        return []
    values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    if len(values) != len(target.elts) or any(isinstance(each, ast.Starred) for each in (*values, *target.elts)):
        names = (name for name in ast.walk(target) if isinstance(name, ast.Name))
        return [(name.id, name) for name in names if isinstance(name.ctx, ast.Store)]
    return [pair for each, its in zip(target.elts, values, strict=True) for pair in _pairs(each, its)]


def _title(docstring: str | None) -> str:
    lines = (docstring or "").strip().splitlines()
    return lines[0].strip() if lines else ""
