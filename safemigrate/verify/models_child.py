"""The process that loads a version's models: its workload as one JSON answer on its standard output.

It may run under an interpreter of the version's own, so it and what it imports need SQLAlchemy and the standard
library only. What the models print goes to the error stream.
"""

from __future__ import annotations

import importlib
import json
import os
import traceback
import warnings
from types import ModuleType
from typing import Any


def main(models: str) -> None:
    """Answers with the workload of *models*, which is ``module:attribute``."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    try:
        answer = _answer(models)
    except BaseException as error:
        answer = {"error": _sentence(error)}
    answers.write(json.dumps(answer))
    answers.close()


def _answer(models: str) -> dict[str, Any]:
    module, value = _resolved(models)
    from safemigrate.verify.models import workload

    answer = workload(value)
    answer["file"] = getattr(module, "__file__", None)
    return answer


def _resolved(text: str) -> tuple[ModuleType, Any]:
    name, _, attributes = text.partition(":")
    module = importlib.import_module(name)
    value: Any = module
    for attribute in attributes.split(".") if attributes else ():
        if not hasattr(value, attribute):
            raise AttributeError(f'"{name}" has no attribute "{attributes}"')
        value = getattr(value, attribute)
    return module, value


def _sentence(error: BaseException) -> str:
    """One line: what was raised, and the last place of the project's own code that it passed."""
    text = " ".join(str(error).split())[:300]
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    places = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((ours, "<frozen"))
        and "site-packages" not in frame.filename
        and not frame.filename.startswith(os.path.dirname(os.__file__))
    ]
    place = f" ({places[-1].filename}:{places[-1].lineno})" if places else ""
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"
