"""Stand-ins for modules that cannot be imported here: permissive enough to go on, and never silent.

A stand-in may be a column's type, be called, subclassed, iterated over or put into a text. What it does to the
run is told to a witness: it shaped a statement, it decided a branch, or work was left to it.
"""

from __future__ import annotations

import importlib
import re
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any, Protocol

from sqlalchemy.types import UserDefinedType

from safemigrate.history.source import Source

_GENUINE = sys.stdlib_module_names | {"alembic", "sqlalchemy", "safemigrate", "sqlglot", "mako", "markupsafe"}
_MARK = re.compile(r"safemigrate_stand_in_\d+")
_AS_LENGTH = re.compile(r"\(\s*safemigrate_stand_in_\d+\s*\)")

#: attributes that SQLAlchemy and Alembic ask of a type to find out what it is
_PROBES = frozenset("dispatch impl comparator schema metadata create drop load_dialect_impl".split())

#: what a missing type probably is, by a word in its name
_TYPES = (
    ("json", "JSONB"),
    ("uuid", "UUID"),
    ("guid", "UUID"),
    ("datetime", "TIMESTAMP WITH TIME ZONE"),
    ("timestamp", "TIMESTAMP WITH TIME ZONE"),
    ("arrow", "TIMESTAMP WITH TIME ZONE"),
    ("tsvector", "TSVECTOR"),
    ("bool", "BOOLEAN"),
    ("int", "INTEGER"),
    ("binary", "BYTEA"),
    ("encrypted", "BYTEA"),
)


class Witness(Protocol):
    """Who hears what stand-ins do."""

    def shaped(self, name: str) -> None:
        """*name* gave its type to the next statement."""

    def decided(self, name: str) -> None:
        """The revision's course hung on *name*."""

    def called(self, name: str, arguments: tuple[object, ...]) -> None:
        """*name* was called, and did nothing."""


class StandIn(UserDefinedType[Any]):
    """Any value of a module that is missing."""

    cache_ok = True

    def __init__(self, name: str, stand_ins: StandIns) -> None:
        self._name = name
        self._stand_ins = stand_ins

    def get_col_spec(self, **_: object) -> str:
        self._stand_ins.witness.shaped(self._name)
        last = self._name.rpartition(".")[2].lower()
        return next((type_ for word, type_ in _TYPES if word in last), "TEXT")

    def __call__(self, *arguments: object, **options: object) -> Any:
        decorates = len(arguments) == 1 and not options and isinstance(arguments[0], FunctionType)
        if decorates:
            return arguments[0]
        self._stand_ins.witness.called(self._name, (*arguments, *options.values()))
        return StandIn(self._name, self._stand_ins)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_") or attribute in _PROBES:
            raise AttributeError(attribute)
        return StandIn(f"{self._name}.{attribute}", self._stand_ins)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return ()

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False

    def __str__(self) -> str:
        return self._stand_ins.mark(self._name)

    def __format__(self, specification: str) -> str:
        return str(self)

    def __getitem__(self, key: object) -> StandIn:
        return StandIn(f"{self._name}[]", self._stand_ins)

    def __or__(self, other: object) -> StandIn:
        return self

    __ror__ = __or__

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __bool__(self) -> bool:
        return self._decides(True)

    def __lt__(self, other: object) -> bool:
        return self._decides(False)

    __gt__ = __le__ = __ge__ = __lt__

    def __contains__(self, item: object) -> bool:
        return self._decides(False)

    def __iter__(self) -> Any:
        self._decides(False)
        return iter(())

    def __len__(self) -> int:
        return int(self._decides(False))

    def __int__(self) -> int:
        return int(self._decides(False))

    __index__ = __int__

    def _decides(self, answer: bool) -> bool:
        if self._stand_ins.asked_by_revision():
            self._stand_ins.witness.decided(self._name)
        return answer


class StandIns:
    """The stand-ins of this process, and the finder that makes them.

    Only what stands below one of *folders* gets them: there, an import that cannot be carried out gives a
    stand-in. Elsewhere it raises as ever, for libraries have their own ways to do without.
    """

    def __init__(self, folders: tuple[str, ...], witness: Witness) -> None:
        self.witness = witness
        self._folders = folders
        self._names: dict[str, str] = {}

    def install(self) -> None:
        """Look into every import of this process from now on."""
        sys.meta_path.insert(0, _Finder(self))

    def mark(self, name: str) -> str:
        """What *name* is in a text, so that the text can be recognised."""
        known = {value: key for key, value in self._names.items()}
        mark = known.get(name) or f"safemigrate_stand_in_{len(self._names)}"
        self._names[mark] = name
        return mark

    def named(self, sql: str) -> tuple[str, tuple[str, ...]]:
        """*sql* with a plausible length where one was missing, and the stand-ins whose marks it carries."""
        found = tuple(self._names[mark] for mark in dict.fromkeys(_MARK.findall(sql)) if mark in self._names)
        return (_AS_LENGTH.sub("(250)", sql), found) if found else (sql, ())

    def serves(self, importer: FrameType | None) -> bool:
        """Whether the code that runs in *importer* is given stand-ins: not where it expects an ImportError."""
        if importer is None:
            return False
        filename = importer.f_code.co_filename
        if filename == __file__:
            return True
        return filename.startswith(self._folders) and not Source(Path(filename)).expects_import_error(
            importer.f_lineno
        )

    def asked_by_revision(self) -> bool:
        """Whether the code that called the caller of the caller stands in a revision."""
        return sys._getframe(3).f_code.co_filename.startswith(self._folders)


class _StandInModule(ModuleType):
    """A module that is missing, or that raised while it was imported."""

    _safemigrate_stand_ins: StandIns

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        path = f"{self.__name__}.{attribute}"
        folders = list(self.__dict__.get("__path__") or ())
        # the package itself could not be imported, but a module in its folder may
        if folders and PathFinder.find_spec(path, folders) is not None:
            return importlib.import_module(path)
        value = StandIn(path, self._safemigrate_stand_ins)
        setattr(self, attribute, value)
        return value


class _Missing(Loader):
    """Loads nothing: the module is a stand-in from the start."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _StandInModule(spec.name)
        module._safemigrate_stand_ins = self._stand_ins
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class _Cautious(Loader):
    """Loads a module, which becomes a stand-in for what it did not define if it raises."""

    def __init__(self, genuine: Any, stand_ins: StandIns) -> None:
        self._genuine = genuine
        self._stand_ins = stand_ins

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._genuine.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        try:
            self._genuine.exec_module(module)
        except Exception:
            # whatever an application does on import, its revisions can be read without it
            module.__class__ = _StandInModule
            module.__dict__["_safemigrate_stand_ins"] = self._stand_ins

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._genuine, attribute)


class _Finder(MetaPathFinder):
    """Stands before the other finders, asks them, and does what they cannot."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] in _GENUINE or not self._stand_ins.serves(_importer()):
            return None
        spec = self._genuine(name, path, target)
        if spec is None:
            return ModuleSpec(name, _Missing(self._stand_ins), is_package=True)
        if spec.loader is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Cautious(spec.loader, self._stand_ins)
        return spec

    def _genuine(self, name: str, path: Any, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)) is not None:
                return spec
        return None


def _importer() -> FrameType | None:
    """The innermost frame outside the import machinery: the code that imports."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        filename = frame.f_code.co_filename
        if not filename.startswith("<frozen importlib") and not filename.endswith("importlib/__init__.py"):
            return frame
        frame = frame.f_back
    return None
