"""What stands in the files of a project and no run of a revision tells: read from their text, nothing is run."""

from __future__ import annotations

import ast
import enum
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

#: libraries that a revision is made of; a model comes from elsewhere
_TOOLS = frozenset({"alembic", "sqlalchemy", "safemigrate", *sys.stdlib_module_names})
#: what takes a class or its attributes, and what takes a class (``dict`` has some of these, too)
_ASK = frozenset({"select", "query", "aliased", "joinedload", "selectinload"})
_TAKE = frozenset({"insert", "update", "delete", "get", "bulk_insert_mappings", "bulk_update_mappings"})
#: attributes by which a mapped class leads to its table as it is today
_OF_MODELS = frozenset({"__table__", "metadata", "query"})


class Downgrade(enum.Enum):
    """What a revision's downgrade() is."""

    WRITTEN = "written"
    EMPTY = "empty"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Model:
    """A mapped class that a revision takes from the application: imported at *line* (1-based) from *module*."""

    name: str
    module: str
    line: int


@dataclass(frozen=True, slots=True)
class Written:
    """What the file of a revision says. *models* are those it asks or writes rows through."""

    models: tuple[Model, ...] = ()
    downgrade: Downgrade = Downgrade.WRITTEN


#: of a file that nobody looked at
UNREAD = Written()


@lru_cache(maxsize=1024)
def written(text: str) -> Written:
    """What the file of a revision says; nothing where it is not Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Written()
    nodes = tuple(ast.walk(tree))
    imported = {model.name: model for model in _imports(nodes)}
    used = dict.fromkeys(name for name in _used(nodes) if name in imported) if imported else {}
    return Written(tuple(imported[name] for name in used), _downgrade(tree))


def shares_transaction(env: str) -> bool:
    """Whether an env.py of that text leaves all pending revisions in one transaction, as Alembic does by default.

    False also where it cannot be told: where the argument is computed, or comes from a mapping.
    """
    try:
        tree = ast.parse(env)
    except (SyntaxError, ValueError):
        return False
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _last_name(node.func) == "configure"]
    return bool(calls) and not any(_may_separate(keyword) for call in calls for keyword in call.keywords)


def _may_separate(keyword: ast.keyword) -> bool:
    """Whether an argument of configure() gives each revision a transaction of its own, or may."""
    if keyword.arg == "transaction_per_migration":
        return not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
    return keyword.arg is None


def _imports(nodes: Iterable[ast.AST]) -> Iterator[Model]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module.partition(".")[0] not in _TOOLS:
                yield from (Model(alias.asname or alias.name, module, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] not in _TOOLS:
                    yield Model(alias.asname or alias.name.partition(".")[0], alias.name, node.lineno)


def _used(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names through which rows are asked or written."""
    for node in nodes:
        if isinstance(node, ast.Call) and _last_name(node.func) in _ASK:
            yield from map(_first_name, node.args)
        elif isinstance(node, ast.Call) and _last_name(node.func) in _TAKE:
            yield from (argument.id for argument in node.args[:1] if isinstance(argument, ast.Name))
        elif isinstance(node, ast.Attribute) and node.attr in _OF_MODELS:
            yield _first_name(node.value)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _downgrade(tree: ast.Module) -> Downgrade:
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "downgrade"]
    if not found:
        # one that is imported, or made by a loop, is somewhere
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        imported = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
        return Downgrade.WRITTEN if "downgrade" in names | imported else Downgrade.MISSING
    return Downgrade.EMPTY if all(map(_does_nothing, found[-1].body)) else Downgrade.WRITTEN


def _does_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
