"""Imports while revisions are read: what cannot be imported becomes a stand-in, what can is genuine."""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import alembic
import sqlalchemy

from safemigrate.history.stand_ins import StandIns

_GENUINE = sys.stdlib_module_names | {"alembic", "sqlalchemy", "safemigrate", "sqlglot", "mako", "markupsafe"}


def install(stand_ins: StandIns) -> None:
    """Look into every import of this process from now on."""
    sys.meta_path.insert(0, _Finder(stand_ins))
    for library in (alembic, sqlalchemy):
        # under a real env.py, something has imported sqlalchemy.orm before the first revision names it
        if "__getattr__" not in vars(library):
            library.__class__ = _Package


class _Finder(MetaPathFinder):
    """Stands before the other finders, asks them, and does what they cannot."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] in _GENUINE or not self._serves(_importer()):
            return None
        spec = self._genuine(name, path, target)
        if spec is None:
            return ModuleSpec(name, _Missing(self._stand_ins), is_package=True)
        if spec.loader is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Cautious(spec.loader, self._stand_ins)
        return spec

    def _serves(self, importer: FrameType | None) -> bool:
        if importer is None:
            return False
        return importer.f_code.co_filename == __file__ or self._stand_ins.serves(importer)

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


class _StandInModule(ModuleType):
    """A module that is missing, or that raised while it was imported."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        # the package itself could not be imported, but a module in its folder may
        if (module := _submodule(self, attribute)) is not None:
            return module
        stand_ins: StandIns = self.__dict__["_safemigrate_stand_ins"]
        return stand_ins.value(f"{self.__name__}.{attribute}")


class _Package(ModuleType):
    """A genuine package, whose modules are imported when they are named, though the application may do so later."""

    def __getattr__(self, attribute: str) -> Any:
        module = None if attribute.startswith("_") else _submodule(self, attribute)
        if module is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")
        return module


def _submodule(package: ModuleType, attribute: str) -> ModuleType | None:
    path = f"{package.__name__}.{attribute}"
    folders = list(package.__dict__.get("__path__") or ())
    found = folders and PathFinder.find_spec(path, folders) is not None
    return importlib.import_module(path) if found else None


class _Missing(Loader):
    """Loads nothing: the module is a stand-in from the start."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _StandInModule(spec.name)
        module.__dict__["_safemigrate_stand_ins"] = self._stand_ins
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
            self._replace(module)
        else:
            self._soften(module)

    def _replace(self, module: ModuleType) -> None:
        origin = getattr(module.__spec__, "origin", None) or ""
        if origin.endswith(".py"):
            self._stand_ins.learn(module.__name__, Path(origin))
        module.__dict__["_safemigrate_stand_ins"] = self._stand_ins
        module.__class__ = _StandInModule
        module.__dict__.pop("__getattr__", None)

    def _soften(self, module: ModuleType) -> None:
        """Let a genuine module's own ``__getattr__`` end in a stand-in, and a package find its modules."""
        lazy = module.__dict__.get("__getattr__")
        if lazy is None:
            if type(module) is ModuleType and hasattr(module, "__path__"):
                module.__class__ = _Package
            return

        def softened(attribute: str) -> Any:
            try:
                return lazy(attribute)
            except AttributeError:
                raise
            except Exception:
                # what is imported only when it is named raises as late
                return self._stand_ins.value(f"{module.__name__}.{attribute}")

        module.__dict__["__getattr__"] = softened

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._genuine, attribute)
