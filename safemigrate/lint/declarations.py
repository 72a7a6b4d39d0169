"""Declarations that are remembered: a file of the same bytes declares the same, and need not be parsed again."""

from __future__ import annotations

import hashlib
import json
import marshal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from safemigrate.history import declaration as declaring
from safemigrate.history.configuration import Configuration
from safemigrate.history.declaration import Declaration, declaration_in
from safemigrate.history.dependencies import Kind, state
from safemigrate.history.reader import Declared, declared_values
from safemigrate.lint.reading_store import Kept, New, ReadingStore
from safemigrate.lint.store import unsealed, write_sealed
from safemigrate.lint.surroundings import digest, stamp, surroundings

#: of one project; each edit makes another
_MOST_COMPUTED = 1000
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

    def computed(
        self, configuration: Configuration, declarations: Sequence[Declaration]
    ) -> Mapping[Path, Mapping[str, object]]:
        """What only running the files of *declarations* tells; nothing for those that raise.

        That of a file is remembered with all that was looked at meanwhile.
        """
        store = ReadingStore(self._path.with_suffix(".computed"))
        base = digest(*surroundings(configuration))
        places = {each.path: digest(base, str(each.path), each.digest) for each in declarations}
        found = {path: store.get(place) for path, place in places.items()}
        known = {path: json.loads(each.payload) for path, each in found.items() if each is not None}
        missing = [path for path in places if path not in known]
        if missing:
            fresh = declared_values(configuration, missing)
            known |= {path: each.values for path, each in fresh.items()}
            store.keep([_new(places[path], each) for path, each in fresh.items()], limit=_MOST_COMPUTED)
        return known

    def keep(self) -> None:
        """Remember what was asked, and nothing else, if that is news."""
        if self._asked.keys() != self._kept:
            with suppress(OSError):
                write_sealed(self._path, marshal.dumps(self._asked))


def _new(place: str, found: Declared) -> New:
    payload = json.dumps(found.values).encode()
    depends = (each._replace(state=state(each.kind, "")) if each.kind is Kind.DAY else each for each in found.depends)
    return New(place, Kept(hashlib.sha256(payload).hexdigest(), payload), tuple(dict.fromkeys(depends)))


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
