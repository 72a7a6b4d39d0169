"""Packages whose names are imported by the first who asks for them: nobody pays for what he does not use."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def give_on_demand(package: str, homes: Mapping[str, Iterable[str]]) -> None:
    """Let *package* give the names that each module of *homes* has: ``".model"`` is a module of its own."""
    module = sys.modules[package]
    module.__class__ = _OnDemand
    vars(module)["_homes"] = {name: home for home, names in homes.items() for name in names}


class _OnDemand(ModuleType):
    """A package that looks a name up in the module that it comes from, once.

    Source: Python reference, "Customizing module attribute access".
    """

    _homes: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:
        home = self._homes.get(name)
        if home is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(home, self.__name__), name)
        vars(self)[name] = value
        return value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._homes})

    def __setattr__(self, name: str, value: object) -> None:
        # a module that is called as what it gives would stand before that once it is imported
        if not (isinstance(value, ModuleType) and name in self._homes):
            super().__setattr__(name, value)
