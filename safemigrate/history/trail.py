"""What this process looked at while it ran revisions: files, folders, and whether some path is there.

Imports look at files, too, so the modules of the application are among them. What was installed is not: that is told
by the folder it was installed into.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safemigrate.history.dependencies import Dependency, Kind, state

#: what a module may ask that is another thing tomorrow, or by chance
_FICKLE = re.compile(
    # func.now() is the server's, and so is now() in a text
    r"(?<!func)\.(?:now|utcnow|today)\s*\(|\b(?:import|from)\s+(?:time|random|secrets)\b|\btime\.(?!sleep)\w+\s*\("
    r"|\buuid[1467]\s*\(|\b(?:getnode|urandom|getpid)\s*\("
)
_CACHED = re.compile(r"(?:\.\w+-\d+(?:\.opt-\w+)?)?\.pyc$")
#: who lists folders only for what can be imported, or for what was installed
_IMPORTING = frozenset({"<frozen importlib._bootstrap_external>", importlib.metadata.__file__})


def is_fickle(text: str) -> bool:
    """Whether code of that *text* may ask the clock, or chance."""
    return _FICKLE.search(text) is not None


class Trail:
    """The dependencies of this process, once it is followed. *ignored* is a folder of no interest."""

    def __init__(self, ignored: Path) -> None:
        #: the file that is being read, whose text is known
        self.current = ""
        self._ignored = tuple(f"{path}{os.sep}" for path in (*_installed(), os.path.realpath(ignored), os.devnull))
        self._seen: dict[tuple[Kind, str], str] = {}
        self._told = 0
        self._looking = threading.local()

    def follow(self) -> None:
        """Note what is looked at from now on; an audit hook cannot be taken away again."""
        # what was listed before would not be listed again
        sys.path_importer_cache.clear()
        vars(os).update(stat=self._noting(os.stat), lstat=self._noting(os.lstat), access=self._noting(os.access))
        sys.addaudithook(self._audit)

    def news(self) -> list[Dependency]:
        """What was looked at since this was asked the last time."""
        new = list(self._seen.items())[self._told :]
        self._told = len(self._seen)
        return [Dependency(kind, path, found) for (kind, path), found in new]

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self._note(Kind.FILE, arguments[0])
        elif event in ("os.listdir", "os.scandir"):
            importing = sys._getframe(1).f_code.co_filename in _IMPORTING
            self._note(Kind.MODULES if importing else Kind.FOLDER, arguments[0] or os.getcwd())
        elif event == "import" and arguments[1] is not None:
            # a module in C is not opened, but loaded
            self._note(Kind.FILE, arguments[1])

    def _noting(self, asked: Callable[..., Any]) -> Callable[..., Any]:
        def noting(path: Any, *arguments: Any, **options: Any) -> Any:
            self._note(Kind.STATUS, path)
            return asked(path, *arguments, **options)

        return noting

    def _note(self, kind: Kind, path: Any) -> None:
        if isinstance(path, int) or getattr(self._looking, "now", False):
            return
        self._looking.now = True
        try:
            self._looked(kind, os.path.abspath(os.fsdecode(path)))
        finally:
            self._looking.now = False

    def _looked(self, kind: Kind, path: str) -> None:
        if path.endswith(".pyc"):
            # what it was made of decides whether it is used
            path = _source(path)
        if path == self.current or f"{path}{os.sep}".startswith(self._ignored) or (kind, path) in self._seen:
            return
        self._seen[kind, path] = state(kind, path)
        if kind is Kind.FILE and path.endswith(".py") and is_fickle(_text(path)):
            self._seen.setdefault((Kind.DAY, ""), "")


def _installed() -> tuple[str, ...]:
    """Where Python is, what was installed, and this program."""
    sites = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    zipped = [path for path in sys.path if path.endswith(".zip") and not os.path.exists(path)]
    return (str(Path(__file__).parent.parent), os.path.dirname(os.__file__), *sites, *zipped)


def _source(path: str) -> str:
    """The module that ``__pycache__/<name>.<version>.pyc`` was made of; a name may hold dots."""
    folder, name = os.path.split(path)
    beside = os.path.dirname(folder) if os.path.basename(folder) == "__pycache__" else folder
    return os.path.join(beside, _CACHED.sub(".py", name))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
