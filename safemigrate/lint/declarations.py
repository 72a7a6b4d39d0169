"""Declarations that are remembered: a file of the same bytes declares the same, and need not be parsed again."""

from __future__ import annotations

import hashlib
import marshal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from safemigrate.history import declaration as declaring
from safemigrate.history.declaration import Declaration, declaration_in
from safemigrate.lint.store import unsealed, write_sealed
from safemigrate.lint.surroundings import digest, stamp

# values, lines, computed and title
_Told = tuple[dict[str, Any], dict[str, int], tuple[str, ...], str]


class Declarations:
    """What the revisions of a project declare. *folder* keeps it between runs, *project* tells projects apart.

    *news* is called where a file is new, or not as it was: what it does will have to be found out as well.
    A folder that cannot be read or written is no error, and a damaged file is none.
    """

    def __init__(self, folder: Path, project: object, *, news: Callable[[], None] = lambda: None) -> None:
        name = digest(sys.version, stamp(Path(declaring.__file__)), project)
        self._path = folder / "declarations" / name
        self._known = _loaded(self._path)
        self._kept = frozenset(self._known)
        self._news = news
        self._asked: dict[str, _Told] = {}

    def __call__(self, path: Path) -> Declaration:
        """What the file at *path* declares. Raises RevisionSyntax: it is not Python."""
        source = path.read_bytes()
        found = hashlib.sha256(source).hexdigest()
        if found not in self._known:
            self._news()
            self._known[found] = _told(declaration_in(path, source))
        values, lines, computed, title = self._asked[found] = self._known[found]
        return Declaration(path, values, lines, frozenset(computed), title, found)

    def keep(self) -> None:
        """Remember what was asked, and nothing else, if that is news."""
        if self._asked.keys() != self._kept:
            with suppress(OSError):
                write_sealed(self._path, marshal.dumps(self._asked))


def _told(each: Declaration) -> _Told:
    return dict(each.values), dict(each.lines), tuple(sorted(each.computed)), each.title


def _loaded(path: Path) -> dict[str, _Told]:
    content = unsealed(path)
    if content is None:
        return {}
    try:
        found = marshal.loads(content)
    except (ValueError, EOFError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
