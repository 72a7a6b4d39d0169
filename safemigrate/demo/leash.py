"""Runs one program that ends when its starter does, by kill -9 as well.

A script with the standard library only: `python -P leash.py traffic.py …` runs a file,
`python -P leash.py alembic.config:main …` calls a function. Standard input is a pipe whose writing end only the
starter has; when that end is gone, so is the program, whatever it was doing.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
from importlib import import_module
from pathlib import Path

ORPHANED = 1


def main(target: str) -> None:
    threading.Thread(target=_end_when_orphaned, args=(_take_stdin(),), daemon=True).start()
    # behind everything else: where safemigrate is not installed, it is the folder we are in
    sys.path.append(str(Path(__file__).parents[2]))
    sys.argv = sys.argv[1:]
    module, _, function = target.partition(":")
    if function:
        sys.argv[0] = module.partition(".")[0]
        sys.exit(getattr(import_module(module), function)())
    runpy.run_path(target, run_name="__main__")


def _take_stdin() -> int:
    """The pipe, out of reach of the program and of what it starts."""
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return pipe


def _end_when_orphaned(pipe: int) -> None:
    while os.read(pipe, 1):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    main(sys.argv[1])
