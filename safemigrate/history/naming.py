"""The naming convention that Alembic gives to what operations make, as env.py's target_metadata has it.

env.py is not run and nothing is imported: its text, and that of the project's own modules which its target_metadata
leads to, say it or do not. Source: alembic 1.18, operations/schemaobj.py, SchemaObjects.metadata().
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safemigrate.config import CONVENTIONS
from safemigrate.history.flask_migrate import asks_flask
from safemigrate.history.outline import Outline, Outlines

if TYPE_CHECKING:
    from safemigrate.history.configuration import Configuration

WORD = "naming_convention"
#: what a name is followed through, and how many modules are looked at where that leads nowhere
_MOST_STEPS = 100
_MOST_MODULES = 25
_MOST_FOLDERS = 40
_MOST_PARENTS = 4
_TARGET = "target_metadata"


@dataclass(frozen=True, slots=True)
class Naming:
    """A naming convention by what it names ("uq", "ck" …), empty where there is none.

    *unread* says where one stands and why it cannot be read: then what an unnamed constraint is called is unknown.
    """

    convention: Mapping[str, str]
    unread: str = ""


#: that of a project without one
NONE = Naming({})


def unknown_name(naming: Naming) -> str:
    """What to say where a name hangs on a convention that could not be read, and what decides it."""
    return (
        f"what it is called hangs on the naming convention, which is not read here ({naming.unread}): "
        "write it as naming_convention in [tool.safemigrate]"
    )


def naming_of(configuration: Configuration) -> Naming:
    """What the project's text says of its naming convention."""
    root = configuration.root
    env = configuration.script_location / "env.py"
    # a project that is installed says nowhere where its packages are: as a rule around its migrations
    around = list(configuration.script_location.parents)[:_MOST_PARENTS]
    folders = tuple(dict.fromkeys((*configuration.sys_path, root, root / "src", *around)))
    search = _Search(env, folders)
    if not search.begins:
        return Naming({}, search.unasked())
    try:
        with suppress(_Lost):
            return Naming(search.led())
        with suppress(_Lost, OSError):
            if search.changes_path:
                return Naming(_elsewhere(env, folders, root))
        return Naming(search.around(root))
    except _Unread as unread:
        return Naming({}, str(unread))


def _elsewhere(env: Path, folders: Sequence[Path], root: Path) -> Mapping[str, str]:
    """What is found where env.py puts another folder of the project on the path: in which one, it computes."""
    found = []
    for folder in sorted(each for each in root.iterdir() if each.is_dir())[:_MOST_FOLDERS]:
        with suppress(_Lost):
            found.append(_Search(env, (folder, *folders)).led())
    if not found:
        raise _Lost
    return _agreed(found, env)


class _Unread(Exception):
    """The convention stands there, and what it says is not certain."""

    def __init__(self, path: Path, node: ast.AST | None, reason: str) -> None:
        line = f":{getattr(node, 'lineno', 1)}" if node is not None else ""
        super().__init__(f"{path}{line}: {reason}")


class _Lost(Exception):
    """The trail of a name ends outside of what can be read."""


class _Search:
    """One look for the convention of the project whose env.py is *env* and whose modules lie in *folders*."""

    def __init__(self, env: Path, folders: Sequence[Path]) -> None:
        self._modules = Outlines(folders)
        self._env = self._modules.at(env)
        self._steps = 0

    @property
    def begins(self) -> bool:
        """Whether env.py itself gives Alembic any metadata."""
        return self._env is not None and _TARGET in self._env.text

    @property
    def changes_path(self) -> bool:
        return self._env is not None and "sys.path" in self._env.text

    def led(self) -> Mapping[str, str]:
        """The convention of the metadata that env.py names.

        Raises:
            _Lost: nothing leads from there to a module of the project.
        """
        assert self._env is not None
        if given := [*self._assigned(self._env)]:
            return _agreed(given, self._env.path)
        bound = self._env.bound(_TARGET)
        targets = [bound] if bound is not None else [*self._env.keywords(_TARGET)]
        if not targets:
            raise _Lost
        return _agreed([self._of_metadata(each, self._env) for each in targets], self._env.path)

    def _of_metadata(self, node: ast.AST, here: Outline) -> Mapping[str, str]:
        """The convention of the MetaData that *node* is, with what its modules give to it behind its making."""
        return _agreed([*self._made(node, here)], here.path)

    def _made(self, node: ast.AST, here: Outline) -> Iterator[Mapping[str, str]]:
        self._step()
        match node:
            case ast.Constant(value=None) | ast.List() | ast.Tuple():
                # Alembic asks one MetaData, and a list of them has no convention
                return
            case ast.Call(func=ast.Attribute(value=registry, attr="generate_base")):
                yield from self._attribute(registry, "metadata", here)
            case ast.Call(keywords=keywords):
                given = {each.arg: each.value for each in keywords}
                if WORD in given:
                    yield self._dict(given[WORD], here)
                elif "metadata" in given:
                    yield from self._made(given["metadata"], here)
                elif None in given or _called(node) not in _MAKERS:
                    raise _Lost
                elif bases := given.get("cls") or given.get("model_class"):
                    yield from self._attribute(bases, "metadata", here)
            case ast.Attribute(value=owner, attr=name):
                yield from self._attribute(owner, name, here)
            case ast.Name(id=name):
                there, bound = self._follow(name, here)
                yield from self._assigned(there)
                yield from self._made(bound, there)
            case _:
                raise _Lost

    def _attribute(self, owner: ast.AST, name: str, here: Outline) -> Iterator[Mapping[str, str]]:
        """What *name* of *owner* is: of a class, of what made one, or of a module."""
        self._step()
        if isinstance(owner, ast.Attribute | ast.Name):
            module = self._module(owner, here)
            if module is not None:
                there, bound = self._follow(name, module)
                yield from self._assigned(there)
                yield from self._made(bound, there)
                return
        match owner:
            case ast.Name(id=called):
                there, bound = self._follow(called, here)
                yield from self._assigned(there)
                yield from self._attribute(bound, name, there)
            case ast.Attribute(value=package, attr=called) if (module := self._module(package, here)) is not None:
                there, bound = self._follow(called, module)
                yield from self._assigned(there)
                yield from self._attribute(bound, name, there)
            case ast.ClassDef():
                yield from self._of_class(owner, name, here)
            case ast.Call():
                yield from self._made(owner, here)
            case _:
                raise _Lost

    def _of_class(self, owner: ast.ClassDef, name: str, here: Outline) -> Iterator[Mapping[str, str]]:
        for statement in owner.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=bound)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value)
                ) if bound in (name, "registry"):
                    yield from self._made(value, here)
                    return
        for base in owner.bases:
            if _called(base) in _BARE_BASES:
                continue
            yield from self._attribute(base, name, here)

    def _assigned(self, here: Outline) -> Iterator[Mapping[str, str]]:
        """What ``….naming_convention = `` in a module says."""
        if WORD in here.text:
            for value in here.given(WORD):
                yield self._dict(value, here)

    def _dict(self, node: ast.AST, here: Outline) -> Mapping[str, str]:
        self._step()
        match node:
            case ast.Name(id=name):
                there, bound = self._named(name, node, here)
                return self._dict(bound, there)
            case ast.Attribute(value=owner, attr=name) if (module := self._module(owner, here)) is not None:
                there, bound = self._named(name, node, module)
                return self._dict(bound, there)
            case ast.Constant(value=None):
                return {}
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords) if all(k.arg for k in keywords):
                pairs = {str(each.arg): each.value for each in keywords}
                return _checked({key: _literal(value) for key, value in pairs.items()}, node, here)
            case _:
                return _checked(_literal(node), node, here)

    def _named(self, name: str, node: ast.AST, here: Outline) -> tuple[Outline, ast.AST]:
        try:
            return self._follow(name, here)
        except _Lost:
            raise _Unread(here.path, node, f"{name} is not found in the project") from None

    def _follow(self, name: str, here: Outline) -> tuple[Outline, ast.AST]:
        """What *name* is bound to, with the module of the project where that stands."""
        self._step()
        bound = here.bound(name)
        if isinstance(bound, ast.ImportFrom):
            original = next(a.name for a in bound.names if (a.asname or a.name) == name)
            module = self._modules.imported(bound, here)
            if module is None:
                raise _Lost
            return self._follow(original, module)
        if bound is None or isinstance(bound, ast.Import | ast.FunctionDef):
            raise _Lost
        return here, bound

    def _module(self, node: ast.AST, here: Outline) -> Outline | None:
        """The module of the project that *node* is, None where it is none."""
        dotted = ast.unparse(node)
        first, _, rest = dotted.partition(".")
        bound = here.bound(first)
        if isinstance(bound, ast.ImportFrom):
            original = next(a.name for a in bound.names if (a.asname or a.name) == first)
            return self._modules.below(bound, original, here, rest)
        if isinstance(bound, ast.Import):
            alias = next(a for a in bound.names if (a.asname or a.name.partition(".")[0]) == first)
            return self._modules.named(f"{alias.name}.{rest}".rstrip(".") if alias.asname else dotted)
        return None

    def around(self, root: Path) -> Mapping[str, str]:
        """What the modules say that env.py imports, where nothing leads from its metadata to one of them."""
        assert self._env is not None
        near = self._modules.reached(self._env, most=_MOST_MODULES)
        if asks_flask(self._env.path.parent):
            # the application is made elsewhere, and env.py asks Flask for it
            near = (*near, *self._modules.beside(root, most=_MOST_MODULES))
        found = []
        for each in near:
            if WORD not in each.text:
                continue
            nodes = [*each.given(WORD), *each.keywords(WORD)]
            if not nodes:
                raise _Unread(each.path, None, f"{WORD} is neither given to a MetaData nor set there")
            found += [self._dict(node, each) for node in nodes]
        return _agreed(found, self._env.path)

    def unasked(self) -> str:
        """What is to be said of a convention that stands near an env.py that leaves the metadata to others."""
        near = self._modules.reached(self._env, most=_MOST_MODULES) if self._env is not None else ()
        found = [each.path for each in near if WORD in each.text]
        return f"{found[0]}: env.py does not say whether that is its target_metadata" if found else ""

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise _Lost


#: what makes a MetaData, or a class that has one, without a convention of its own
_MAKERS = frozenset({"MetaData", "declarative_base", "automap_base", "registry", "SQLAlchemy"})
_BARE_BASES = frozenset({"DeclarativeBase", "DeclarativeBaseNoMeta", "MappedAsDataclass", "AsyncAttrs", "object"})


def _called(node: ast.AST) -> str:
    """The last part of the name of what is called, or of a base."""
    function = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(function).rpartition(".")[2]


def _agreed(found: Sequence[Mapping[str, str]], where: Path) -> Mapping[str, str]:
    distinct = [each for i, each in enumerate(found) if each not in found[:i]]
    if len(distinct) > 1:
        raise _Unread(where, None, f"there are {len(distinct)} different ones")
    return distinct[0] if distinct else {}


def _literal(node: ast.AST) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _checked(value: object, node: ast.AST, here: Outline) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _Unread(here.path, node, "it is computed")
    for key, pattern in value.items():
        if key not in CONVENTIONS:
            raise _Unread(here.path, node, f"it has a part of its own, {key!r}")
        if not isinstance(pattern, str):
            raise _Unread(here.path, node, f"{key!r} is computed")
    return value
