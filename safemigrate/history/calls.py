"""How a revision's functions are called: without arguments, or once a database with its name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from types import ModuleType

from alembic.config import Config


def calls(function: Callable[..., object], module: ModuleType, config: Config) -> list[Mapping[str, object]]:
    """The arguments of each call: none, or one call a database where ``upgrade(engine_name)`` wants its name."""
    wanted = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if not wanted:
        return [{}]
    others = dict.fromkeys(wanted[1:])
    return [{wanted[0]: name, **others} for name in _databases(function.__name__, module, config)]


def _databases(direction: str, module: ModuleType, config: Config) -> list[str]:
    """The names of Alembic's multidb layout: the option ``databases``, or the functions ``upgrade_<name>``."""
    named = re.split(r"[,\s]+", config.get_alembic_option("databases", "").strip())
    defined = [name.removeprefix(f"{direction}_") for name in vars(module) if name.startswith(f"{direction}_")]
    return [name for name in named if name in defined or (name and not defined)] or defined or ["engine"]
